import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { FromGenerator, GeneratorOrder } from './generator.ts';

/** A bot that answers at once, in a process of its own. */
export async function startBot(greeting: string, answer = ''): Promise<{ url: string; process: ChildProcess }> {
  const env = { ...process.env, LOAD_GREETING: greeting, LOAD_ANSWER: answer };
  const child = fork(join(import.meta.dirname, 'bot-process.ts'), { env });
  const { url } = await new Promise<{ url: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { url: string }));
    child.once('exit', (code) => reject(new Error(`the bot ended with ${code}`)));
  });
  return { url, process: child };
}

export type Done = Extract<FromGenerator, { type: 'done' }>;

/** What is measured while all calls are up. */
export interface Meter<Use> {
  /** Nothing but the warm-up has happened. */
  warm(): void;
  begin(): void;
  end(callsUp: number): Promise<Use>;
}

/** Lets the generator work, and measures while all calls are up. */
export function follow<Use>(
  generator: ChildProcess,
  order: GeneratorOrder,
  meter: Meter<Use>,
): Promise<{ use: Use; done: Done }> {
  return new Promise((resolve, reject) => {
    let callsUp = 0;
    let use: Promise<Use> | undefined;
    const limitMs = (order.calls / order.callsPerSecond) * 2000 + order.steadyMs + (order.holdMs ?? 0) + 120_000;
    const limit = setTimeout(() => reject(new Error('the generator did not finish in time')), limitMs);
    generator.once('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`the generator ended with ${code}`));
    });
    generator.on('message', (message: FromGenerator) => {
      switch (message.type) {
        case 'warm':
          meter.warm();
          return;
        case 'steady':
          callsUp = message.up;
          process.stdout.write(`${callsUp} calls are up; measuring for ${order.steadyMs / 1000} s\n`);
          meter.begin();
          return;
        case 'leaving':
          use = meter.end(callsUp);
          return;
        case 'done':
          clearTimeout(limit);
          (use ?? meter.end(callsUp)).then((measured) => resolve({ use: measured, done: message }), reject);
          return;
      }
    });
    generator.send(order);
  });
}
