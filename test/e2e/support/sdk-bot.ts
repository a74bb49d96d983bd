import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

/** What is used of AudioCodes' own SDK for bots, @audiocodes/ac-bot-api 0.13. */
export interface BotSdk {
  BotApiWebSocket: new () => {
    listen(options: { server: Server; token: string }): {
      on(event: 'conversation', listener: (conversation: Conversation) => void): unknown;
    };
  };
}

interface Conversation {
  on(event: 'activity', listener: (activity: Activity) => void): unknown;
  on(event: 'userStream', listener: (audio: Readable) => void): unknown;
  on(event: 'end' | 'error', listener: (cause: unknown) => void): unknown;
  playTextMessage(text: string): Promise<void>;
  sendActivity(activity: Activity): Promise<void>;
  sendHypothesis(text: string): Promise<void>;
  sendRecognition(text: string, confidence: number): Promise<void>;
  playAudio(audio: Readable, options?: { altText?: string }): void;
}

interface Activity {
  type: string;
  name?: string;
  text?: string;
}

export const SDK_BOT_TOKEN = 'token-of-the-sdk-bot';
/** 16 kHz, 16 bits: what the SDK always agrees on. */
const BYTES_PER_MS = 32;
const LOUD = 500;

/** A bot that is written as the SDK's users write theirs: it repeats, as text, or in the caller's own voice. */
export async function startSdkBot(sdk: BotSdk, kind: 'text' | 'voice') {
  const server = createServer();
  const seen: Activity[] = [];
  const ends: unknown[] = [];
  const api = new sdk.BotApiWebSocket().listen({ server, token: SDK_BOT_TOKEN });
  api.on('conversation', (conversation) => {
    conversation.on('end', (message) => ends.push(message));
    conversation.on('activity', (activity) => {
      seen.push(activity);
      if (kind === 'text') void answerText(conversation, activity);
      else if (activity.name === 'playFinished') void conversation.sendActivity({ type: 'event', name: 'hangup' });
    });
    if (kind === 'voice') conversation.on('userStream', (audio) => repeatVoice(conversation, audio));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    ends,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answerText(conversation: Conversation, { type, name, text = '' }: Activity): Promise<void> {
  if (name === 'start') await conversation.playTextMessage('Welcome to the echo.');
  else if (type === 'message' && text === 'goodbye') await conversation.sendActivity({ type: 'event', name: 'hangup' });
  else if (type === 'message') await conversation.playTextMessage(`You said ${text}.`);
}

/** Plays back what was said, from its first loud sample until half a second of silence. */
function repeatVoice(conversation: Conversation, audio: Readable): void {
  const heard: Buffer[] = [];
  let quietMs = 0;
  let done = false;
  audio.on('data', (chunk: Buffer) => {
    if (done) return;
    const loud = isLoud(chunk);
    if (!loud && heard.length === 0) return;
    heard.push(chunk);
    quietMs = loud ? 0 : quietMs + chunk.length / BYTES_PER_MS;
    if (quietMs < 500) return;
    done = true;
    void conversation.sendHypothesis('something');
    void conversation.sendRecognition('something was said', 0.9);
    conversation.playAudio(Readable.from(heard), { altText: 'what you said' });
  });
}

function isLoud(chunk: Buffer): boolean {
  for (let at = 0; at + 2 <= chunk.length; at += 2) if (Math.abs(chunk.readInt16LE(at)) > LOUD) return true;
  return false;
}
