// The demo, started for one test file on free ports with a folder of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.VESTIBULE_BIN ?? 'target/debug/vestibule';

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

// Two free ports beside each other: the portal's and the provider's.
async function freePair() {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = 20000 + Math.floor(Math.random() * 20000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error('no two free ports beside each other');
}

export async function startDemo() {
  const port = await freePair();
  const data = mkdtempSync(join(tmpdir(), 'vestibule-journey-'));
  const child = spawn(program, ['demo', '--port', String(port), '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('the demo did not start in 60 s')), 60_000);
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
    child.stdout.on('data', (text) => {
      if (String(text).includes('Vestibule is ready')) { clearTimeout(limit); resolve(); }
    });
  });
  const stop = async () => {
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    rmSync(data, { recursive: true, force: true });
  };
  return { portal: `http://localhost:${port}`, provider: `http://localhost:${port + 1}`, stop };
}
