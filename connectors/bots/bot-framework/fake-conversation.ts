import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';

export type FakeActivity = Record<string, unknown> & { type: string };

/** A conversation as Direct Line keeps it: its activities, who may see them, and where they are sent. */
export class FakeConversation {
  readonly id: string;
  /** Of the token that began it; undefined where it names nobody. */
  readonly userId: string | undefined;
  /** All that can be asked for again: typing is not among it. */
  readonly history: FakeActivity[] = [];
  /** What clients have sent. */
  readonly received: FakeActivity[] = [];
  readonly tokens = new Map<string, { expiresAt: number }>();
  /** Of streams that may be opened, each once and for a minute. */
  readonly streamKeys = new Map<string, { until: number; from: number }>();
  started = false;
  forgotten = false;
  stream: WebSocket | undefined;
  /** How many streams were opened. */
  streams = 0;
  /** Nothing goes over the stream, in either direction. */
  frozen = false;
  #sent = 0;

  constructor(userId: string | undefined) {
    this.id = randomUUID().replaceAll('-', '').slice(0, 22);
    this.userId = userId;
  }

  newToken(lifeMs: number): { conversationId: string; token: string; expires_in: number } {
    const token = `token.${this.id}.${randomUUID()}`;
    this.tokens.set(token, { expiresAt: Date.now() + lifeMs });
    return { conversationId: this.id, token, expires_in: lifeMs / 1_000 };
  }

  /** When the newest token expires: the stream lasts as long. */
  get expiresAt(): number {
    return Math.max(...[...this.tokens.values()].map(({ expiresAt }) => expiresAt));
  }

  /** Numbers the activity and shows it to whoever listens. */
  add(activity: FakeActivity): string {
    const complete: FakeActivity = {
      ...activity,
      channelId: 'directline',
      conversation: { id: this.id },
      timestamp: new Date().toISOString(),
    };
    if (activity.type !== 'typing') {
      this.history.push(complete);
      complete.id = `${this.id}|${String(this.history.length - 1).padStart(7, '0')}`;
    }
    this.#push([complete]);
    return String(complete.id ?? '');
  }

  /** From the watermark on; undefined: it is none of this conversation's. */
  since(watermark: string | null): { activities: FakeActivity[]; watermark: string } | undefined {
    const from = watermark === null || watermark === '' ? 0 : Number(watermark);
    if (!Number.isInteger(from) || from < 0 || from > this.history.length) return undefined;
    return { activities: this.history.slice(from), watermark: String(this.history.length) };
  }

  /** A stream begins with what came after its watermark. */
  attach(stream: WebSocket, from: number): void {
    this.stream = stream;
    this.streams += 1;
    this.#sent = from;
    this.#push([]);
  }

  sendRaw(text: string): void {
    this.stream?.send(text);
  }

  freeze(): void {
    this.frozen = true;
    this.stream?.pause();
  }

  /** The stream that was frozen is given up. */
  thaw(): void {
    this.frozen = false;
    this.cut();
  }

  cut(): void {
    this.stream?.terminate();
    this.stream = undefined;
  }

  #push(fleeting: readonly FakeActivity[]): void {
    if (this.stream === undefined || this.frozen) return;
    const news = this.history.slice(this.#sent);
    const activities = [...news, ...fleeting.filter(({ type }) => type === 'typing')];
    this.#sent = this.history.length;
    if (activities.length === 0) return;
    // A set of typing alone has no watermark.
    this.stream.send(JSON.stringify({ activities, ...(news.length > 0 ? { watermark: String(this.#sent) } : {}) }));
  }
}
