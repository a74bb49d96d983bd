import { messageOf } from '../../errors.ts';
import { type KeyPress, type MediaBridge, MediaError } from '../../media/port.ts';
import type { Channel } from './channel.ts';
import { mediaAddress, unknownPartySdp } from './party-sdp.ts';
import type { EngineLog, FreeSwitchServer } from './server.ts';

/** One side of a bridge, as the bridge sees it. */
export interface BridgeSide {
  readonly callId: string;
  readonly closed: boolean;
  readonly server: FreeSwitchServer;
  /** While the party takes audio: not before it is connected, and not on hold. */
  readonly bridgeable: Channel | undefined;
  /** The loudest sample that the party has sent lately. */
  readonly peak: number;
  /** A key for the party that no channel of FreeSWITCH has passed on. */
  passKey(press: KeyPress, wasInMedia: boolean): void;
}

const LOUDEST = 32_767;
/** A party that is quiet now may speak up: room for ordinary speech is always kept. */
const SPEECH_PEAK = 12_000;

/** How loud a prompt may be that FreeSWITCH adds to what `other` says, so that the sum fits. */
export function ceilingBeside(other: Pick<BridgeSide, 'peak'>): number {
  return LOUDEST - Math.max(SPEECH_PEAK, other.peak);
}

/**
 * Two calls whose parties hear each other. FreeSWITCH joins their channels while both parties take audio; during a hold it parts
 * them, so that the other one hears silence and its own prompts.
 */
export class ChannelBridge implements MediaBridge {
  closed = false;
  readonly #a: BridgeSide;
  readonly #b: BridgeSide;
  readonly #log: EngineLog;
  #joined: Joined | undefined;
  #turn: Promise<void> = Promise.resolve();
  readonly #parted: () => void;

  /** `parted`: called once when it is over. */
  constructor(a: BridgeSide, b: BridgeSide, log: EngineLog, parted: () => void) {
    this.#a = a;
    this.#b = b;
    this.#log = log;
    this.#parted = parted;
  }

  close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.#parted();
    }
    return this.update();
  }

  /** A key of one side's party; `inMedia`: FreeSWITCH passes it on itself where the other party takes keys in its media. */
  keyPressed(by: BridgeSide, press: KeyPress, inMedia: boolean): void {
    if (!this.closed) (by === this.#a ? this.#b : this.#a).passKey(press, inMedia);
  }

  /** Joins or parts the channels as both sides want it now. Resolves when that is done; never rejects. */
  update(): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#settle())
      .catch((error: unknown) => {
        this.#log.error(
          { callId: this.#a.callId, other: this.#b.callId, reason: messageOf(error) },
          'calls not bridged',
        );
      });
    return this.#turn;
  }

  async #settle(): Promise<void> {
    const a = this.closed ? undefined : this.#a.bridgeable;
    const b = this.closed ? undefined : this.#b.bridgeable;
    if (this.#joined !== undefined) {
      if (a !== undefined && b !== undefined) return;
      const joined = this.#joined;
      this.#joined = undefined;
      await joined.part();
    } else if (a !== undefined && b !== undefined) {
      this.#joined =
        this.#a.server === this.#b.server
          ? await joinNeighbours(a, b)
          : await joinAcross({ channel: a, server: this.#a.server }, { channel: b, server: this.#b.server });
    }
  }
}

/** @throws MediaError `cannot_bridge`, `endpoint_closed` */
export function assertBridgeable(a: BridgeSide & { bridged: boolean }, b: BridgeSide & { bridged: boolean }): void {
  if (a.closed || b.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
  if (a === b) throw new MediaError('cannot_bridge', 'a call cannot be bridged with itself');
  if (a.bridged || b.bridged) throw new MediaError('cannot_bridge', 'the call is bridged already');
}

/** Channels that FreeSWITCH has joined. */
interface Joined {
  /** Never rejects: a channel may have ended. */
  part(): Promise<void>;
}

async function joinNeighbours(a: Channel, b: Channel): Promise<Joined> {
  await a.bridge(b);
  return {
    part: async () => {
      // a channel that has ended left the other one waiting
      await a.unbridge().catch(() => b.unbridge().catch(() => {}));
    },
  };
}

/** Calls on two FreeSWITCHes: each is joined with a channel beside it, and those two send each other RTP. */
async function joinAcross(
  a: { channel: Channel; server: FreeSwitchServer },
  b: { channel: Channel; server: FreeSwitchServer },
): Promise<Joined> {
  const besideA = await a.server.openChannel(unknownPartySdp(1));
  let besideB: Channel | undefined;
  try {
    besideB = await b.server.openChannel(towards(besideA, 1));
    await besideA.modify(towards(besideB, 2));
    await Promise.all([a.channel.bridge(besideA), b.channel.bridge(besideB)]);
  } catch (error) {
    await Promise.all([besideA.end(), besideB?.end()]);
    throw error;
  }
  const ends = [besideA, besideB];
  return {
    part: async () => {
      await Promise.all([a.channel.unbridge().catch(() => {}), b.channel.unbridge().catch(() => {})]);
      await Promise.all(ends.map((end) => end.end()));
    },
  };
}

/** The SDP of a party that is a channel. */
function towards(channel: Channel, version: number): string {
  const { address, port } = mediaAddress(channel.sdp);
  return unknownPartySdp(version, { address, port });
}
