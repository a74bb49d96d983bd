import type Srf from 'drachtio-srf';
import type { SipCaller } from './dial-gateways.ts';
import type { OutgoingCallOptions } from './outgoing-invite.ts';
import { SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import { FakeDialog } from './testing.ts';

/** An answer with one G.711 line. */
export const ANSWER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 30000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n');

/** One INVITE with the callee in the hands of the test. */
export class FakeAttempt {
  readonly uri: string;
  readonly options: OutgoingCallOptions;
  readonly dialog = new FakeDialog();
  readonly #result = Promise.withResolvers<SipDialog>();

  constructor(uri: string, options: OutgoingCallOptions) {
    this.uri = uri;
    this.options = options;
  }

  get result(): Promise<SipDialog> {
    return this.#result.promise;
  }

  /** CANCEL was asked for. */
  get cancelled(): boolean {
    return this.options.signal?.aborted === true;
  }

  provisional(status: number, sdp = ''): void {
    if (status === 100) this.options.onTrying?.();
    else this.options.onProvisional?.({ status, sdp });
  }

  answer(sdp = ANSWER): void {
    this.dialog.remote.sdp = sdp;
    this.#result.resolve(new SipDialog(this.dialog as unknown as Srf.Dialog));
  }

  refuse(status: number, reason = 'No', headers: Record<string, string[]> = {}): void {
    const response = { status, reason, headers: new Map(Object.entries(headers)), body: '' };
    const code = status === 487 ? 'sip_cancelled' : 'sip_rejected';
    this.#result.reject(new SipError(code, `refused with ${status}`, { response }));
  }

  /** It could not be sent. */
  fail(message: string): void {
    this.#result.reject(new SipError('sip_failed', message));
  }
}

/** Places calls that a test answers. */
export class FakeSip implements SipCaller {
  readonly attempts: FakeAttempt[] = [];

  call(uri: string, options: OutgoingCallOptions): Promise<SipDialog> {
    const attempt = new FakeAttempt(uri, options);
    this.attempts.push(attempt);
    options.onCallId?.(`call-${this.attempts.length}`);
    return attempt.result;
  }

  get last(): FakeAttempt {
    const last = this.attempts.at(-1);
    if (last === undefined) throw new Error('no INVITE was sent');
    return last;
  }
}
