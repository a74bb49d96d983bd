import { describeLiveBots } from './live.ts';

/* With a bot in the environment; the README of each connector names its variables. */
describeLiveBots(process.env);
