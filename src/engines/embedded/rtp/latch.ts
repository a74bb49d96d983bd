/** Silence of the latched source after which another one may take its place. */
export const RELATCH_SILENCE_MS = 2000;

/**
 * Symmetric RTP (RFC 4961): where the packets really come from is where ours go. The first valid packet latches;
 * what comes from elsewhere is a stranger. Another source is taken when the peer announces a new address, or, for a NAT
 * that lost its mapping, after `RELATCH_SILENCE_MS` from the IP address of the SDP or of the latched source.
 */
export class Latch {
  /** Where to send; '' while the peer has told no address. */
  address = '';
  port = 0;
  latched = false;
  private sdpAddress = '';
  private sdpPort = 0;
  private lastHeardMs = 0;
  /** The source before a new address was announced: its packets still under way must not latch again. */
  private formerAddress = '';
  private formerPort = 0;

  /** The peer's SDP, first or again. The same address as before keeps the latch. */
  announce(address: string, port: number, nowMs: number): void {
    if (address === this.sdpAddress && port === this.sdpPort) return;
    this.sdpAddress = address;
    this.sdpPort = port;
    if (this.latched && address === this.address && port === this.port) return;
    if (this.latched) {
      this.formerAddress = this.address;
      this.formerPort = this.port;
    }
    this.address = address;
    this.port = port;
    this.latched = false;
    this.lastHeardMs = nowMs;
  }

  /** Judges the source of a valid packet. `moved` is to be told to whoever shows the address. */
  heard(address: string, port: number, nowMs: number): 'same' | 'moved' | 'stranger' {
    if (this.latched) {
      if (port === this.port && address === this.address) {
        this.lastHeardMs = nowMs;
        return 'same';
      }
      if (nowMs - this.lastHeardMs < RELATCH_SILENCE_MS) return 'stranger';
      if (address !== this.address && address !== this.sdpAddress) return 'stranger';
    } else if (
      port === this.formerPort &&
      address === this.formerAddress &&
      nowMs - this.lastHeardMs < RELATCH_SILENCE_MS
    ) {
      return 'stranger';
    }
    this.latched = true;
    this.address = address;
    this.port = port;
    this.lastHeardMs = nowMs;
    return 'moved';
  }

  /** True for an address that RTCP may come from. */
  knows(address: string): boolean {
    return address === this.address || address === this.sdpAddress;
  }
}
