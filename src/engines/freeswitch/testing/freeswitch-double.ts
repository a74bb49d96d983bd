import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import Srf from 'drachtio-srf';
import { type SipAgent, startSipAgent } from '../../embedded/sip/agent.ts';
import { NEEDED_MODULES } from '../inspect.ts';
import { DoubleChannel } from './double-channel.ts';
import { EslPeer } from './esl-peer.ts';

export interface FreeSwitchDoubleOptions {
  secret: string;
  /** Of the event socket; 0: any. */
  port?: number;
  profile?: string;
  modules?: readonly string[];
  maxSessions?: number;
  /** As in `CODECS IN`. */
  codecs?: string;
}

const TICK_MS = 20;
const MAX_CATCH_UP = 10;

/**
 * What the engine needs of FreeSWITCH, in this process: a sofia profile, RTP with G.711 and RFC 4733, the event socket both ways, and
 * mod_audio_fork with its surprises (`audio-fork-module.ts`). Written from what was measured on FreeSWITCH 1.10.12; it is no proof that the
 * engine works with the real one, but whatever breaks the engine here breaks it there.
 */
export class FreeSwitchDouble {
  readonly channels = new Map<string, DoubleChannel>();
  /** Commands that were received, without their arguments. */
  readonly commands: string[] = [];
  /** A FreeSWITCH that hangs: connections stay open, nothing is answered. */
  frozen = false;
  /** INVITEs are refused with it. */
  refuseWith: number | undefined;
  readonly #options: FreeSwitchDoubleOptions;
  readonly #agent: SipAgent;
  readonly #srf = new Srf();
  readonly #server: Server;
  readonly #control = new Set<Socket>();
  #lastUrl = 'ws://127.0.0.1:9/';
  #ticks = 0;
  readonly #startedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(options: FreeSwitchDoubleOptions, agent: SipAgent) {
    this.#options = options;
    this.#agent = agent;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(options: FreeSwitchDoubleOptions): Promise<FreeSwitchDouble> {
    const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'], supported: [] });
    const double = new FreeSwitchDouble(options, agent);
    await double.#start();
    return double;
  }

  /** Of the event socket. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends its calls with BYE. */
  async close(): Promise<void> {
    for (const channel of [...this.channels.values()]) channel.kill();
    await this.#stop();
  }

  /** As if the process had died. */
  async kill(): Promise<void> {
    for (const channel of [...this.channels.values()]) channel.vanish();
    await this.#stop();
  }

  async #stop(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const socket of this.#control) socket.destroy();
    this.#srf.disconnect();
    await Promise.all([this.#agent.close(), new Promise<void>((done) => this.#server.close(() => done()))]);
  }

  async #start(): Promise<void> {
    this.#srf.on('error', () => {});
    this.#srf.invite((request, response) => {
      if (this.frozen) return;
      const full = this.channels.size >= (this.#options.maxSessions ?? Number.POSITIVE_INFINITY);
      const refusal = this.refuseWith ?? (full ? 503 : undefined);
      if (refusal !== undefined) response.send(refusal);
      else void this.#answer(request, response);
    });
    const connected = new Promise<void>((resolve) => this.#srf.once('connect', () => resolve()));
    void this.#srf.connect({
      host: '127.0.0.1',
      port: this.#agent.applicationPort,
      secret: this.#agent.applicationSecret,
    });
    await connected;
    await new Promise<void>((resolve) => this.#server.listen(this.#options.port ?? 0, '127.0.0.1', resolve));
    this.#plan();
  }

  async #answer(request: Srf.SrfRequest, response: Srf.SrfResponse): Promise<void> {
    const channel = await DoubleChannel.answer(this.#srf, request, response, () => this.channels.delete(channel.uuid));
    channel.onApi = (command) => this.#api(command);
    this.channels.set(channel.uuid, channel);
  }

  #plan(): void {
    const dueMs = this.#startedMs + (this.#ticks + 1) * TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, dueMs - performance.now()));
  }

  #tick(): void {
    const due = Math.floor((performance.now() - this.#startedMs) / TICK_MS);
    this.#ticks = Math.max(this.#ticks, due - MAX_CATCH_UP);
    for (; this.#ticks < due; this.#ticks++) {
      if (this.frozen) continue;
      const channels = [...this.channels.values()];
      for (const channel of channels) channel.leg.read(channel.read);
      for (const channel of channels) channel.write();
    }
    this.#plan();
  }

  #serve(socket: Socket): void {
    this.#control.add(socket);
    socket.on('close', () => this.#control.delete(socket));
    let admitted = false;
    const peer: EslPeer = new EslPeer(socket, ({ line }) => {
      if (this.frozen) return;
      const [verb, ...args] = line.split(' ');
      if (verb === 'auth') {
        admitted = args.join(' ') === this.#options.secret;
        peer.reply(admitted ? '+OK accepted' : '-ERR invalid');
      } else if (!admitted) {
        peer.reply('-ERR command not found');
      } else if (verb === 'api') {
        peer.apiReply(this.#api(args.join(' ')));
      } else {
        peer.reply('+OK');
      }
    });
    peer.write({ 'Content-Type': 'auth/request' });
  }

  #api(command: string): string {
    const [name = '', ...rest] = command.split(' ');
    this.commands.push(name);
    const args = rest.join(' ');
    switch (name) {
      case 'uptime':
        return '1\n';
      case 'module_exists':
        return String((this.#options.modules ?? NEEDED_MODULES).some((module) => module === args));
      case 'version':
        return '1.10.12-double\n';
      case 'sofia':
        return args.startsWith('status profile') ? this.#profileStatus(rest.at(-1) ?? '') : this.#sofiaStatus();
      case 'uuid_audio_fork':
        return this.#audioFork(args);
      default:
        return this.#channelCommand(name, rest);
    }
  }

  #sofiaStatus(): string {
    const profile = this.#options.profile ?? 'drachtio_mrf';
    return [
      '                     Name\t   Type\t                                      Data\tState',
      '='.repeat(98),
      `${profile.padStart(25)}\tprofile\t           sip:mod_sofia@127.0.0.1:${this.#agent.port}\tRUNNING (0)`,
      '='.repeat(98),
      '1 profile 0 aliases',
      '',
    ].join('\n');
  }

  #profileStatus(name: string): string {
    if (name !== (this.#options.profile ?? 'drachtio_mrf')) return 'Invalid Profile!\n';
    const fields = {
      'RTP-IP': '127.0.0.1',
      'SIP-IP': '127.0.0.1',
      'CODECS IN': this.#options.codecs ?? 'PCMU,PCMA,G722,OPUS',
    };
    return Object.entries(fields)
      .map(([field, value]) => `${field.padEnd(17)}\t${value}\n`)
      .join('');
  }

  #channelCommand(name: string, args: readonly string[]): string {
    const uuid = (args[0] ?? '').replace(/^uuid:/, '');
    const channel = this.channels.get(uuid);
    if (channel === undefined) return '-ERR No such channel!\n';
    switch (name) {
      case 'uuid_kill':
        channel.kill();
        return '+OK\n';
      case 'uuid_send_dtmf':
        return channel.press(args[1] ?? '');
      case 'uuid_set_media_stats':
        return '+OK Success\n';
      case 'eval':
        if (args[1]?.includes('Channel-State')) return channel.exchanging ? 'CS_EXCHANGE_MEDIA 5' : 'CS_RESET 3';
        return `${channel.leg.packetsReceived}|${channel.leg.packetsSent}|0|0.00`;
      case 'uuid_bridge': {
        const other = this.channels.get(args[1] ?? '');
        if (other === undefined) return '-ERR Invalid uuid\n';
        channel.join(other);
        other.join(channel);
        return `+OK ${other.uuid}\n`;
      }
      case 'uuid_transfer':
        if (channel.partner) channel.partner.partner = undefined;
        channel.partner = undefined;
        return '+OK\n';
      default:
        return `-ERR ${name} command not found\n`;
    }
  }

  /** `^^|uuid|start|url|mix|rate|name|metadata|enabled|streaming|rate`, or `uuid stop name`. */
  #audioFork(args: string): string {
    const words = args.startsWith('^^') ? args.slice(3).split(args[2] ?? '|') : args.split(' ');
    const [uuid = '', verb, url = '', mix, , name, , enabled, streaming, rate] = words;
    const channel = this.channels.get(uuid);
    if (channel === undefined) return '-ERR Operation Failed\n';
    if (verb === 'stop') return channel.stopFork(words[2] ?? 'audio_fork');
    if (verb !== 'start') return '-ERR Operation Failed\n';
    // what cannot be read leaves the buffer as the fork before has filled it
    if (/^wss?:\/\/[^/:]+(:\d+)?(\/.*)?$/.test(url)) this.#lastUrl = url;
    const withPlayout = enabled === 'true' && streaming === 'true' && Number(rate) > 0;
    return channel.startFork({ url: this.#lastUrl, name: name || 'audio_fork', stereo: mix === 'stereo', withPlayout });
  }
}
