import { spawn } from 'node:child_process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { processNamed } from './load/proc-stats.ts';

test('a program is found behind its wrapper; a wrapper is not taken for it', async () => {
  const wrapper = spawn('sh', ['-c', 'sh -c "sleep 60 & wait" & wait'], { detached: true });
  const pid = wrapper.pid ?? 0;
  onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
  const found = await vi.waitFor(() => processNamed('sleep', pid), 10_000);
  expect(found).not.toBe(pid);
  expect(processNamed('sh', pid)).toBe(pid);
  expect(processNamed('sleep', found)).toBe(found);
  expect(() => processNamed('drachtio', pid)).toThrow(
    `neither process ${pid} nor any that it has started is 'drachtio'`,
  );
});
