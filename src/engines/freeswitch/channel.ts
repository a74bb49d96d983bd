import type { Endpoint } from 'drachtio-fsmrf/lib/mediaserver.js';
import type { Clock } from '../../clock.ts';
import { DTMF_DIGITS } from '../../media/dtmf.ts';
import type { DtmfDigit } from '../../media/port.ts';
import { FreeSwitchError } from './errors.ts';
import type { EventSocket } from './event-socket.ts';
import { ForkEvent } from './media-server.ts';

/** Packets of one channel, as FreeSWITCH counts them. */
export interface ChannelCounters {
  packetsReceived: number;
  packetsSent: number;
  /** FreeSWITCH's `flaws`: packets that never came, and a surcharge for those that miss one after the other. */
  packetsLost: number;
  /** Largest standard deviation of the time between packets so far. */
  jitterMs: number;
}

export interface ChannelEvents {
  /** A key was released. */
  key(digit: DtmfDigit, durationMs: number): void;
  /** FreeSWITCH could not connect to the audio socket. */
  forkRefused(reason: string): void;
  /** FreeSWITCH could not get rid of its audio fast enough, and has thrown some away. */
  overrun(): void;
}

const ANSWER_MS = 3_000;
const END_MS = 2_000;
const BYE_MS = 500;
/** Two channels begin to exchange audio some 50 ms after the answer to uuid_bridge. */
const JOIN_POLL_MS = 10;
const JOIN_LIMIT_MS = 1_000;
/** Channel-State, which tells what it does, and Channel-State-Number, which tells what it is to do. */
const EXCHANGING = 'CS_EXCHANGE_MEDIA 5';
/** DTMF-Duration counts samples of 8 kHz, whatever the codec. */
const DTMF_TICKS_PER_MS = 8;

/** One channel of a FreeSWITCH: the typed edge of drachtio-fsmrf's Endpoint. */
export class Channel {
  readonly uuid: string;
  readonly #endpoint: Endpoint;
  readonly #control: EventSocket;
  readonly #clock: Clock;
  readonly #gone = Promise.withResolvers<void>();
  /** Commands that are not answered yet. */
  readonly #open = new Set<(error: FreeSwitchError) => void>();
  #forget: () => void = () => {};
  /** While it is being joined with another channel. */
  #joining: Promise<unknown> = Promise.resolve();
  #over = false;
  #dialogOver = false;

  constructor(endpoint: Endpoint, control: EventSocket, clock: Clock) {
    this.#endpoint = endpoint;
    this.#control = control;
    this.#clock = clock;
    this.uuid = endpoint.uuid;
    const { conn, dialog } = endpoint;
    const over = () => this.#ended();
    if (conn === null || dialog === null) {
      over();
      return;
    }
    // drachtio-fsmrf would print them
    conn.removeAllListeners('error');
    conn.on('error', () => {});
    conn.on('esl::end', over);
    dialog.on('destroy', () => {
      this.#dialogOver = true;
    });
    this.#forget = control.onLost(over);
  }

  /** Resolves when the channel has ended, or FreeSWITCH is out of reach. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** What FreeSWITCH has answered with last. */
  get sdp(): string {
    return this.#endpoint.dialog?.remote.sdp ?? '';
  }

  listen(events: ChannelEvents): void {
    this.#endpoint.on('dtmf', ({ dtmf, duration }: { dtmf: string | null; duration: string | null }) => {
      const digit = DTMF_DIGITS.find((known) => known === dtmf?.toUpperCase());
      if (digit !== undefined) events.key(digit, Math.round((Number(duration) || 0) / DTMF_TICKS_PER_MS));
    });
    this.#endpoint.on(ForkEvent.refused, (body: unknown) => events.forkRefused(JSON.stringify(body)));
    this.#endpoint.on(ForkEvent.overrun, () => events.overrun());
  }

  /** Re-INVITE: the party has changed. @throws FreeSwitchError */
  async modify(partySdp: string): Promise<void> {
    const { dialog } = this.#endpoint;
    if (dialog === null || this.#over) throw gone();
    await this.#answered('a re-INVITE', dialog.modify(partySdp));
  }

  /** Begins to exchange audio with `url`; whether it is reached is told later. @throws FreeSwitchError */
  async startFork(options: { url: string; name: string; mix: 'mono' | 'stereo'; withPlayout: boolean }): Promise<void> {
    const { url, name, mix, withPlayout } = options;
    await this.#answered(
      'uuid_audio_fork start',
      this.#endpoint.forkAudioStart({
        wsUrl: url,
        mixType: mix,
        sampling: '8000',
        bugname: name,
        bidirectionalAudio: withPlayout
          ? { enabled: 'true', streaming: 'true', sampleRate: '8000' }
          : { enabled: 'false', streaming: 'false', sampleRate: '8000' },
      }),
    );
  }

  /** Resolves also when there is none of that name. */
  async stopFork(name: string): Promise<void> {
    await this.#answered('uuid_audio_fork stop', this.#endpoint.forkAudioStop(name)).catch(() => {});
  }

  /** After a bridge that is being made: FreeSWITCH loses keys on the way into it. @throws FreeSwitchError */
  async pressKey(digit: DtmfDigit, durationMs: number): Promise<void> {
    await this.#joining;
    await this.#command('uuid_send_dtmf', `${this.uuid} ${digit}@${durationMs}`);
  }

  /** Joins it with another channel of the same FreeSWITCH; resolves when they exchange audio. @throws FreeSwitchError */
  async bridge(other: Channel): Promise<void> {
    const joined = this.#join(other);
    this.#joining = joined.catch(() => {});
    other.#joining = this.#joining;
    await joined;
  }

  async #join(other: Channel): Promise<void> {
    await this.#command('uuid_bridge', `${this.uuid} ${other.uuid}`);
    const limitAt = this.#clock.now() + JOIN_LIMIT_MS;
    while (!(await other.#exchanging()) && this.#clock.now() < limitAt) {
      await new Promise<void>((resolve) => this.#clock.after(JOIN_POLL_MS, resolve));
    }
  }

  async #exchanging(): Promise<boolean> {
    return (await this.#command('eval', `uuid:${this.uuid} \${Channel-State} \${Channel-State-Number}`)) === EXCHANGING;
  }

  /** Parts it from the other, and both wait for commands again. @throws FreeSwitchError */
  async unbridge(): Promise<void> {
    await this.#command('uuid_transfer', `${this.uuid} -both park inline`);
  }

  /** @throws FreeSwitchError */
  async counters(): Promise<ChannelCounters> {
    await this.#command('uuid_set_media_stats', this.uuid);
    const fields = [
      'rtp_audio_in_packet_count',
      'rtp_audio_out_packet_count',
      'rtp_audio_in_flaw_total',
      'rtp_audio_in_jitter_max_variance',
    ];
    const text = await this.#command(
      'eval',
      `uuid:${this.uuid} ${fields.map((name) => `\${variable_${name}}`).join('|')}`,
    );
    const [received = 0, sent = 0, lost = 0, variance = 0] = text.split('|').map((value) => Number(value) || 0);
    return {
      packetsReceived: received,
      packetsSent: sent,
      packetsLost: lost,
      jitterMs: Math.sqrt(Math.max(0, variance)),
    };
  }

  /** Ends it; resolves when it has, at the latest after 2 s. Idempotent, never rejects. */
  async end(): Promise<void> {
    if (this.#over) return;
    this.#control.api(`uuid_kill ${this.uuid}`).catch(() => {});
    const limit = Promise.withResolvers<void>();
    const cancel = this.#clock.after(END_MS, limit.resolve);
    await Promise.race([this.gone, limit.promise]);
    cancel();
    this.#seeToDialog();
  }

  /** @throws FreeSwitchError `freeswitch_refused` with what FreeSWITCH said */
  async #command(name: string, args: string): Promise<string> {
    const reply = await this.#answered(name, this.#endpoint.api(name, args));
    const text = reply.getBody().trim();
    if (text.startsWith('-')) throw new FreeSwitchError('freeswitch_refused', `${name} was refused: ${text}`);
    return text;
  }

  /** drachtio-fsmrf's promises never settle when the channel ends or FreeSWITCH falls silent. */
  async #answered<T>(what: string, answer: Promise<T>): Promise<T> {
    answer.catch(() => {}); // told below, unless nobody waits any more
    if (this.#over) throw gone();
    const { promise: failure, reject } = Promise.withResolvers<never>();
    const cancel = this.#clock.after(ANSWER_MS, () =>
      reject(new FreeSwitchError('freeswitch_silent', `no answer to ${what} within ${ANSWER_MS} ms`)),
    );
    this.#open.add(reject);
    try {
      return await Promise.race([answer, failure]);
    } catch (error) {
      if (error instanceof FreeSwitchError) throw error;
      throw new FreeSwitchError('freeswitch_refused', `${what} was refused: ${String(error)}`, { cause: error });
    } finally {
      cancel();
      this.#open.delete(reject);
    }
  }

  #ended(): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    this.#gone.resolve();
    for (const reject of this.#open) reject(gone());
    this.#seeToDialog();
  }

  /** FreeSWITCH sends BYE for a channel that ends; one that has died has not, and drachtio-server would keep the dialog. */
  #seeToDialog(): void {
    const { dialog } = this.#endpoint;
    if (dialog === null || this.#dialogOver) return;
    this.#clock.after(BYE_MS, () => {
      if (this.#dialogOver) return;
      this.#dialogOver = true;
      const destroyed = dialog.destroy() as unknown as Promise<unknown> | undefined;
      destroyed?.catch(() => {});
    });
  }
}

function gone(): FreeSwitchError {
  return new FreeSwitchError('freeswitch_gone', 'the channel has ended');
}
