import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type Srf from 'drachtio-srf';
import { DTMF_DIGITS } from '../../../media/dtmf.ts';
import { answerOffer } from '../../../media/sdp.ts';
import { DoubleFork } from './double-fork.ts';
import { EslPeer } from './esl-peer.ts';
import { RtpLeg } from './rtp-leg.ts';

const FRAME = 160;
/** From the answer to uuid_bridge until the two exchange audio. */
const JOIN_MS = 40;

/** One call on the double: SIP dialog, RTP, forks, and the event socket that it opens to the hub. */
export class DoubleChannel {
  readonly uuid = randomUUID();
  readonly forks: DoubleFork[] = [];
  readonly leg: RtpLeg;
  partner: DoubleChannel | undefined;
  #exchangesAtMs = 0;
  ended = false;
  readonly read = new Int16Array(FRAME);
  #dialog: Srf.Dialog | undefined;
  #events: EslPeer | undefined;
  #version = 1;
  readonly #onEnd: () => void;

  private constructor(leg: RtpLeg, onEnd: () => void) {
    this.leg = leg;
    this.#onEnd = onEnd;
    leg.onKey = (digit, ticks) => {
      this.#event('DTMF', { 'DTMF-Digit': digit, 'DTMF-Duration': String(ticks), 'DTMF-Source': 'RTP' });
      this.partner?.leg.press(digit, ticks / 8);
    };
  }

  static async answer(srf: Srf, request: Srf.SrfRequest, response: Srf.SrfResponse, onEnd: () => void) {
    const channel = new DoubleChannel(await RtpLeg.open(), onEnd);
    const localSdp = channel.#negotiate(request.body);
    const dialog = await srf.createUAS(request, response, { localSdp });
    channel.#dialog = dialog;
    dialog.on('destroy', () => channel.#over());
    dialog.on('modify', (modified, answer) => {
      answer.send(200, { body: channel.#negotiate(modified.body) });
    });
    channel.#connect(request, localSdp);
    return channel;
  }

  /** One frame each way. `read` of all channels was filled before. */
  write(): void {
    const frame = new Int16Array(FRAME);
    if (this.partner !== undefined && !this.partner.ended) frame.set(this.partner.read);
    for (const fork of this.forks) {
      fork.dub(frame);
      fork.forward(this.read, frame);
    }
    this.leg.write(frame);
  }

  /** `uuid_audio_fork`; `url`: the one that is connected to in truth. */
  startFork(options: { url: string; name: string; stereo: boolean; withPlayout: boolean }): string {
    if (this.forks.some(({ name }) => name === options.name)) return '-ERR Operation Failed\n';
    this.forks.push(
      new DoubleFork(options, {
        event: (subclass, body) => this.#event('CUSTOM', { 'Event-Subclass': subclass }, body),
      }),
    );
    return '+OK Success\n';
  }

  stopFork(name: string): string {
    const index = this.forks.findIndex((fork) => fork.name === name);
    if (index < 0) return '-ERR Operation Failed\n';
    this.forks.splice(index, 1)[0]?.stop();
    return '+OK Success\n';
  }

  /** Begins only some time after uuid_bridge has been answered, as FreeSWITCH does. */
  join(other: DoubleChannel): void {
    this.partner = other;
    this.#exchangesAtMs = performance.now() + JOIN_MS;
  }

  get exchanging(): boolean {
    return this.partner !== undefined && performance.now() >= this.#exchangesAtMs;
  }

  press(text: string): string {
    // keys on the way into a bridge are lost
    if (this.partner !== undefined && !this.exchanging) return '+OK\n';
    const [digits = '', ms] = text.split('@');
    // a duration of 50 ms and less is no duration: FreeSWITCH takes its default
    const durationMs = Number(ms) > 50 ? Number(ms) : 250;
    for (const character of digits) {
      const digit = DTMF_DIGITS.find((known) => known === character);
      if (digit !== undefined) this.leg.press(digit, durationMs);
    }
    return '+OK\n';
  }

  /** BYE to drachtio-server, and the end of everything. */
  kill(): void {
    const dialog = this.#dialog;
    this.#over();
    const destroyed = dialog?.destroy() as unknown as Promise<unknown> | undefined;
    destroyed?.catch(() => {});
  }

  /** As when the process dies: no BYE, nothing. */
  vanish(): void {
    this.#dialog = undefined;
    this.#events?.destroy();
    for (const fork of this.forks) fork.cut();
    this.#over();
  }

  #over(): void {
    if (this.ended) return;
    this.ended = true;
    this.#event('CHANNEL_CALLSTATE', { 'Channel-Call-State': 'HANGUP', 'Hangup-Cause': 'NORMAL_CLEARING' });
    for (const fork of this.forks) fork.stop();
    this.leg.close();
    if (this.partner) this.partner.partner = undefined;
    this.#events?.end();
    this.#onEnd();
  }

  #negotiate(offer: string): string {
    const local = { address: '127.0.0.1', port: this.leg.port, sessionId: 1, sessionVersion: this.#version++ };
    const { sdp, audio } = answerOffer(offer, local);
    this.leg.configure(audio);
    return sdp;
  }

  #event(name: string, headers: Record<string, string>, body?: string): void {
    this.#events?.event(name, { 'Unique-ID': this.uuid, ...headers }, body);
  }

  /** The `socket` application of the dialplan. */
  #connect(request: Srf.SrfRequest, localSdp: string): void {
    const [host = '', port] = request.get('X-esl-outbound').split(':');
    const socket = connect(Number(port), host);
    const events: EslPeer = new EslPeer(socket, ({ line, headers }) => {
      const [verb, ...args] = line.split(' ');
      if (verb === 'connect') {
        events.write({
          'Content-Type': 'command/reply',
          'Reply-Text': '%2BOK',
          'Event-Name': 'CHANNEL_DATA',
          'Unique-ID': this.uuid,
          'Channel-Unique-ID': this.uuid,
          variable_sip_user_agent: encodeURIComponent(request.get('User-Agent')),
          variable_switch_r_sdp: encodeURIComponent(request.body),
          variable_rtp_local_sdp_str: encodeURIComponent(localSdp),
          variable_sip_call_id: encodeURIComponent(request.get('Call-ID')),
          variable_dtmf_type: 'rfc2833',
        });
      } else if (verb === 'event') {
        events.subscribe(args.slice(1).filter((name) => name !== 'CUSTOM'));
        events.reply('+OK event listener enabled json');
      } else if (verb === 'api') {
        events.apiReply(this.onApi(args.join(' ')));
      } else if (verb === 'sendmsg' && headers.get('execute-app-name') === 'hangup') {
        events.reply('+OK');
        this.kill();
      } else {
        events.reply('+OK');
      }
    });
    this.#events = events;
    socket.on('close', () => this.kill());
  }

  /** What the double answers to a command; set by it. */
  onApi: (command: string) => string = () => '-ERR no such command\n';
}
