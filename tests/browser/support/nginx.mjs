// nginx in front of the demo and of a small service, with the recipe of the documents.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as listen } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const recipe = fileURLToPath(new URL('../../../docs/recipes/nginx.conf', import.meta.url));
const program = process.env.PROXY_PROGRAM ?? '/usr/sbin/nginx';

const freePort = () => new Promise((resolve) => {
  const server = listen().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// A service that shows what it was told about its visitor.
function startService() {
  const server = createServer((request, response) => {
    const told = Object.entries(request.headers).filter(([name]) => name.startsWith('x-vestibule-') || name === 'cookie');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path: request.url, ...Object.fromEntries(told) }));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const config = (folder, port, portal, shop) => `
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/temp/${kind};`).join('\n  ')}
  upstream portal { server 127.0.0.1:${portal}; }
  upstream shop { server 127.0.0.1:${shop}; }
  server {
    listen 127.0.0.1:${port};
    include ${recipe};
  }
}
`;

async function answers(url) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await fetch(url).then((answer) => answer.ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('nginx did not start; is it installed? sudo apt-get install -y nginx');
}

export async function startNginx(demo) {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-nginx-'));
  mkdirSync(join(folder, 'temp'));
  const service = await startService();
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), config(folder, port, new URL(demo.portal).port, service.address().port));
  const child = spawn(program, ['-e', `${folder}/error.log`, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const failed = new Promise((_, reject) => child.once('error', reject));
  const origin = `http://localhost:${port}`;
  await Promise.race([answers(`${origin}/healthz`), failed]);
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    service.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { origin, stop };
}
