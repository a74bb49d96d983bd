import { spawn } from 'node:child_process';
import type { Clock } from '../../../../src/clock.ts';
import { SpeechError } from '../../../../src/speech/ports.ts';

export interface EspeakRun {
  /** Program name, looked up in PATH, or a path. */
  program: string;
  args: readonly string[];
  /** Written to the standard input. */
  input: string;
  timeoutMs: number;
  maxOutputBytes: number;
  clock: Clock;
  /** Receives the output as it arrives. */
  onOutput: (bytes: Buffer) => void;
}

/** What an operator without the program is told. */
export function missingMessage(program: string): string {
  return (
    `${program} was not found: only English can be spoken without it. Install it (Debian, Ubuntu: ` +
    'apt-get install espeak-ng) or set espeakPath of the speech service to where it is'
  );
}

/**
 * Runs espeak-ng once, without a shell, and resolves when it has ended and all output was delivered. Aborting `signal`
 * kills it; the promise then resolves as well, after the process is gone.
 * @throws SpeechError `speech_unavailable` (not installed, not startable), `speech_timeout`, `speech_failed`
 */
export function runEspeak(run: EspeakRun, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const child = spawn(run.program, run.args, { stdio: ['pipe', 'pipe', 'pipe'], shell: false, windowsHide: true });
    let failure: SpeechError | undefined;
    let received = 0;
    let diagnostics = '';
    const kill = () => {
      child.kill('SIGKILL');
    };
    const stopWatch = run.clock.after(run.timeoutMs, () => {
      failure ??= new SpeechError('speech_timeout', `espeak-ng did not finish within ${run.timeoutMs} ms`, {
        retryable: true,
      });
      kill();
    });
    signal.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', (bytes: Buffer) => {
      if (signal.aborted || failure !== undefined) return;
      received += bytes.length;
      if (received > run.maxOutputBytes) {
        failure = new SpeechError('speech_failed', `espeak-ng wrote more than ${run.maxOutputBytes} bytes`);
        kill();
        return;
      }
      run.onOutput(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      if (diagnostics.length < 500) diagnostics += bytes.toString().slice(0, 500);
    });
    // The process may end before it has read everything; its exit status tells the story.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure ??= new SpeechError(
        'speech_unavailable',
        error.code === 'ENOENT' ? missingMessage(run.program) : `${run.program} cannot be started: ${error.message}`,
        { cause: error, retryable: error.code === 'EAGAIN' || error.code === 'EMFILE' },
      );
    });
    child.on('close', (status, killedBy) => {
      stopWatch();
      signal.removeEventListener('abort', kill);
      if (signal.aborted) resolve();
      else if (failure !== undefined) reject(failure);
      else if (status === 0) resolve();
      else {
        const why = diagnostics.trim() || (killedBy === null ? `exit status ${status}` : `killed by ${killedBy}`);
        reject(new SpeechError('speech_failed', `espeak-ng failed: ${why}`, { retryable: killedBy !== null }));
      }
    });
    child.stdin.end(run.input);
  });
}
