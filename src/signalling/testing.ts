import { EventEmitter } from 'node:events';
import type Srf from 'drachtio-srf';
import { IncomingInvite } from './incoming-invite.ts';

/** An offer of G.711 and telephone events. */
export const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 30000 RTP/AVP 0 8 101',
  'a=rtpmap:101 telephone-event/8000',
  '',
].join('\r\n');

/** A dialog as drachtio-srf would make it; `destroyed` holds the headers of the BYE that we sent. */
export class FakeDialog extends EventEmitter {
  readonly sip = { callId: 'call-1', localTag: 'l', remoteTag: 'r' };
  readonly local = { sdp: '' };
  readonly remote = { uri: 'sip:caller@127.0.0.1', sdp: '' };
  destroyed: Record<string, string> | undefined;
  /** Requests of ours within the dialog, and what they are answered with. */
  readonly requests: { method: string; headers: Record<string, string>; body: string }[] = [];
  status = 200;
  /** Responses that come before those, each for one request. */
  readonly challenges: { status: number; header: string }[] = [];
  /** srf has forgotten it. */
  forgotten = false;
  readonly srf = Object.assign(new EventEmitter(), {
    removeDialog: () => {
      this.forgotten = true;
    },
  });

  request(
    request: { method: string; headers: Record<string, string>; body?: string },
    answered: (error: unknown, response: { status: number; body: string; msg: { raw: string } }) => void,
  ): void {
    if (request.method === 'BYE') this.destroyed = request.headers;
    this.requests.push({ ...request, body: request.body ?? '' });
    const challenge = this.challenges.shift();
    const raw = `SIP/2.0 200 OK\r\n${challenge === undefined ? '' : `${challenge.header}\r\n`}\r\n`;
    const status = challenge?.status ?? this.status;
    queueMicrotask(() => answered(undefined, { status, body: '', msg: { raw } }));
  }

  /** BYE from the caller, or from the SIP agent that gave up. */
  bye(source: 'network' | 'application' = 'network', reason?: string): void {
    this.emit('destroy', { source, get: () => reason });
  }

  /** NOTIFY of the far side about a REFER of ours. */
  notify(body: string, last: boolean): void {
    const fields = new Map([
      ['Event', 'refer'],
      ['Subscription-State', last ? 'terminated' : 'active'],
    ]);
    this.emit('notify', { body, get: (name: string) => fields.get(name) }, { send: () => {} });
  }

  ack(body = ''): void {
    this.emit('ack', { body });
  }
}

/** An INVITE with the far side in the hands of the test. */
export class FakeInvite {
  readonly invite: IncomingInvite;
  readonly dialog = new FakeDialog();
  /** Status of every response but the 200 OK, and the 200 OK as 200, in order. */
  readonly responses: number[] = [];
  /** Headers of the last response. */
  headers: Record<string, string> = {};
  /** Holds the 200 OK back until it is resolved. */
  acceptGate: Promise<void> = Promise.resolve();
  /** What the SIP agent hands over in one read with its word that the 200 OK was sent. */
  withAnswer: () => void = () => {};
  /** What the SIP agent refuses the 200 OK with. */
  acceptRefusal: string | undefined;
  readonly #request = new EventEmitter();

  constructor(
    options: {
      from?: string;
      to?: string;
      sdp?: string;
      source?: string;
      authorization?: string;
      /** Further lines of the header. */
      lines?: readonly string[];
    } = {},
  ) {
    const { from = '+4930123', to = 'demo', sdp = OFFER, source = '127.0.0.1' } = options;
    const raw = [
      `INVITE sip:${to}@127.0.0.1 SIP/2.0`,
      `From: "Ann" <sip:${from}@example.com>;tag=1`,
      `To: <sip:${to}@127.0.0.1>`,
      'Call-ID: call-1',
      ...(options.authorization === undefined ? [] : [`Authorization: ${options.authorization}`]),
      ...(options.lines ?? []),
      '',
      '',
    ].join('\r\n');
    const request = Object.assign(this.#request, {
      uri: `sip:${to}@127.0.0.1`,
      body: sdp,
      protocol: 'udp',
      source_address: source,
      source_port: 5070,
      msg: { raw },
      get: (name: string) => (name === 'Call-ID' ? 'call-1' : undefined),
    });
    const response = {
      send: (status: number, ...rest: unknown[]) => {
        this.responses.push(status);
        const options = rest.at(-1) as { headers?: Record<string, string> } | undefined;
        this.headers = options?.headers ?? {};
      },
    };
    const srf = Object.assign(new EventEmitter(), {
      createUAS: async (
        _request: unknown,
        _response: unknown,
        _options: unknown,
        made: (error: unknown, dialog?: FakeDialog) => void,
      ) => {
        await this.acceptGate;
        if (this.acceptRefusal !== undefined) return made(this.acceptRefusal);
        this.responses.push(200);
        made(null, this.dialog);
        this.withAnswer();
      },
    });
    this.invite = new IncomingInvite(
      srf as unknown as Srf,
      request as unknown as Srf.SrfRequest,
      response as unknown as Srf.SrfResponse,
    );
  }

  cancel(reason?: string): void {
    this.#request.emit('cancel', { get: () => reason });
  }
}
