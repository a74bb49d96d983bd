/** Runs the demo bot alone: `node examples/demo-bot/main.ts`. HOST, PORT and DEMO_BOT_TOKEN may be set. */
import pino from 'pino';
import { startDemoBot } from './server.ts';

try {
  const bot = await startDemoBot({
    host: process.env.HOST ?? '127.0.0.1',
    port: Number(process.env.PORT ?? 8090),
    token: process.env.DEMO_BOT_TOKEN,
    log: pino(),
  });
  console.log(`The demo bot listens at ${bot.url}. Press Ctrl+C to stop it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void bot.close());
} catch (error) {
  console.error(`The demo bot cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
