import type { FakeEndpoint } from '../../../src/media/fake-endpoint.ts';
import { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import type { DtmfDigit, MediaEndpoint } from '../../../src/media/port.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import type { Phone, Rig, RigOptions } from './rig.ts';

/** The fake engine in virtual time. `engine` lets a test put a broken one in its place. */
export async function makeFakeRig(
  options: RigOptions,
  build: (clock: VirtualClock, options: RigOptions) => FakeMediaEngine = buildFake,
): Promise<Rig> {
  const clock = new VirtualClock();
  const engine = build(clock, options);
  return {
    engine,
    phone: async (endpoint: MediaEndpoint) => new FakePhone(endpoint as FakeEndpoint),
    wait: (ms) => clock.run(ms),
    close: () => engine.close(),
  };
}

export function buildFake(clock: VirtualClock, { calls, timeoutMs }: RigOptions): FakeMediaEngine {
  return new FakeMediaEngine({
    clock,
    ...(calls === undefined ? {} : { maxEndpoints: calls }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

class FakePhone implements Phone {
  private readonly endpoint: FakeEndpoint;

  constructor(endpoint: FakeEndpoint) {
    this.endpoint = endpoint;
  }

  sdp({
    direction = 'sendrecv',
    codecs = ['PCMU', 'PCMA'],
  }: {
    direction?: string;
    codecs?: readonly string[];
  } = {}): string {
    const types = codecs.map((codec) => (codec === 'PCMU' ? 0 : 8)).join(' ');
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP ${types}\r\na=${direction}\r\n`;
  }

  connect(): void {
    this.endpoint.caller.sendSilence(true);
  }

  speak(samples: Int16Array): void {
    this.endpoint.caller.speak(samples);
  }

  press(digits: string, durationMs?: number): void {
    this.endpoint.caller.press(digits, durationMs);
  }

  mute(): void {
    this.endpoint.caller.sendSilence(false);
  }

  heard(): Int16Array {
    return this.endpoint.caller.heard();
  }

  digitsHeard(): DtmfDigit[] {
    return this.endpoint.caller.digitsHeard.map(({ digit }) => digit);
  }

  digitPlaces(): number[] {
    return this.endpoint.caller.digitsHeard.map(({ heardMs }) => heardMs);
  }

  digitDurations(): number[] {
    return this.endpoint.caller.digitsHeard.map(({ durationMs }) => durationMs);
  }

  async close(): Promise<void> {}
}
