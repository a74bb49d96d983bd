import { PatchbayError } from '../errors.ts';
import type { MediaBridge, MediaEndpoint, MediaEngine } from '../media/port.ts';
import type { EndReason } from './end-reason.ts';

export class BridgeError extends PatchbayError<'bridge_party_left'> {}

/** A call that can be one of the two in a bridge. */
export interface BridgeParty {
  readonly callId: string;
  readonly media: MediaEndpoint;
  /** Its call has ended or is about to. */
  readonly over: boolean;
  /** More of it may be heard than early media. */
  readonly answered: boolean;
  /** Metadata that came in a SIP INFO of the other party. Absent: it is not passed on. */
  sendInfo?(info: { contentType: string; body: string }): Promise<void>;
  /** It is in a bridge, or (undefined) in none any more. */
  bridged(bridge: Bridge | undefined): void;
  /** The other party has left, and the bridge is closed: ends its call, or goes on with it alone. */
  partnerLeft(reason: EndReason): void;
}

/**
 * Two calls whose parties hear each other. When one leaves, the bridge is closed and the other is told; nothing of it touches a
 * third call. Whether a party that is left alone hangs up or stays is its own decision.
 */
export class Bridge {
  readonly #a: BridgeParty;
  readonly #b: BridgeParty;
  #media: MediaBridge | undefined;
  #closed = false;

  private constructor(a: BridgeParty, b: BridgeParty) {
    this.#a = a;
    this.#b = b;
  }

  /**
   * Resolves when both parties hear each other.
   * @throws MediaError `cannot_bridge`, `endpoint_closed`, `engine_failed`: both are as they were; BridgeError where a party had left
   * before, or has left meanwhile, of which the other was told then
   */
  static async join(engine: Pick<MediaEngine, 'bridge'>, a: BridgeParty, b: BridgeParty): Promise<Bridge> {
    if (a.over || b.over) throw new BridgeError('bridge_party_left', 'a party has left before');
    const bridge = new Bridge(a, b);
    a.bridged(bridge);
    b.bridged(bridge);
    try {
      const media = await engine.bridge(a.media, b.media);
      bridge.#media = media;
      if (bridge.#closed) {
        await media.close();
        throw new BridgeError('bridge_party_left', 'a party has left while the calls were being joined');
      }
      return bridge;
    } catch (error) {
      void bridge.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  partnerOf(party: BridgeParty): BridgeParty {
    return party === this.#a ? this.#b : this.#a;
  }

  /** `party` is gone, or goes on without the other, who is told why. Only the first to leave counts. */
  leave(party: BridgeParty, reason: EndReason): void {
    if (this.#closed) return;
    void this.close();
    this.partnerOf(party).partnerLeft(reason);
  }

  /** Parts the two, who both stay. Idempotent; resolves when neither hears the other any more. Never rejects. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#a.bridged(undefined);
      this.#b.bridged(undefined);
    }
    await this.#media?.close().catch(() => {}); // an engine that is gone has parted them, too
  }
}

/** In a CANCEL: a missed call, unlike one that was completed elsewhere (RFC 3326 3.1). */
const CANCELLED = 'SIP;cause=487;text="Request terminated"';

/** Why a call ends whose partner in a bridge has left, or has given up before there was one. */
export function endOfPartner(reason: EndReason): EndReason {
  const sipReason = reason.sipReason ?? (reason.category === 'caller-cancelled' ? CANCELLED : undefined);
  return {
    category: 'bridge-ended',
    by: reason.by,
    text: `the other call has ended: ${reason.text}`,
    ...(sipReason === undefined ? {} : { sipReason }),
  };
}
