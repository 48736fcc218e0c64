// Starts a stand-in of the Rust tests: a test that is ignored by default serves it until its standard
// input ends.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const ROOT = new URL('../../../', import.meta.url);

/** The address and token of the stand-in that this test module serves, and how to stop it. */
export async function serve(module) {
  const test = `${module}::serves_clients_that_are_not_ours`;
  const server = spawn('cargo', ['test', '--quiet', '--test', 'it', '--', '--ignored', '--exact', '--nocapture', test], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const found = line.match(/^serving (http:\S+) (\S+)$/);
    if (found) return { url: found[1], token: found[2], stop: () => server.stdin.end() };
  }
  throw new Error('the stand-in did not start');
}
