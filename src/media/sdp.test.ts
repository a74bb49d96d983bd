import fc from 'fast-check';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import type { G711Law } from './g711.ts';
import { MediaError } from './port.ts';
import { answerOffer, createOffer, type LocalAudio, readAnswer } from './sdp.ts';

const local: LocalAudio = { address: '192.0.2.1', port: 40_000, sessionId: 77, sessionVersion: 3 };

function offer(...lines: string[]): string {
  return ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...lines, ''].join('\r\n');
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(MediaError);
    return (error as MediaError).code;
  }
}

describe('answerOffer', () => {
  it('writes a whole answer', () => {
    const { sdp, audio } = answerOffer(
      offer('m=audio 5004 RTP/AVP 18 8 0 97', 'a=rtpmap:97 telephone-event/8000', 'a=fmtp:97 0-15', 'a=ptime:30'),
      local,
    );
    expect(sdp.split('\r\n')).toEqual([
      'v=0',
      'o=- 77 3 IN IP4 192.0.2.1',
      's=patchbay',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 40000 RTP/AVP 8 97',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:97 telephone-event/8000',
      'a=fmtp:97 0-15',
      'a=rtcp:40001',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ]);
    expect(audio).toEqual({
      codec: 'PCMA',
      payloadType: 8,
      receivePayloadTypes: new Map([
        [8, 'PCMA'],
        [0, 'PCMU'],
        [97, 'telephone-event'],
      ]),
      telephoneEventPayloadType: 97,
      ptimeMs: 30,
      remote: { address: '192.0.2.9', port: 5004 },
      rtcpMux: false,
      remoteRtcp: { address: '192.0.2.9', port: 5005 },
      direction: 'sendrecv',
    });
  });

  it.each([
    ['static types without rtpmap', ['m=audio 5004 RTP/AVP 0 8'], 'PCMU', 0],
    ['a dynamic type', ['m=audio 5004 RTP/AVP 96 97', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:97 pcma/8000'], 'PCMA', 97],
    ['a static type mapped to something else', ['m=audio 5004 RTP/AVP 0 8', 'a=rtpmap:0 L16/8000'], 'PCMA', 8],
    ['one channel told', ['m=audio 5004 RTP/AVP 98', 'a=rtpmap:98 PCMU/8000/1'], 'PCMU', 98],
    ['a number of ports', ['m=audio 5004/2 RTP/AVP 8'], 'PCMA', 8],
  ] as const)('picks the first of the offer: %s', (_, lines, codec, payloadType) => {
    const { audio } = answerOffer(offer(...lines), local);
    expect(audio).toMatchObject({ codec, payloadType });
  });

  it.each([
    ['no audio', ['m=video 5004 RTP/AVP 31']],
    ['no media at all', []],
    ['a disabled line', ['m=audio 0 RTP/AVP 0']],
    ['only SAVP', ['m=audio 5004 RTP/SAVP 0']],
    ['other codecs', ['m=audio 5004 RTP/AVP 18 101', 'a=rtpmap:101 telephone-event/8000']],
    ['16 kHz u-law', ['m=audio 5004 RTP/AVP 98', 'a=rtpmap:98 PCMU/16000']],
  ] as const)('finds no common codec: %s', (_, lines) => {
    expect(codeOf(() => answerOffer(offer(...lines), local))).toBe('no_common_codec');
  });

  it.each([
    ['empty', ''],
    ['text', 'hello'],
    ['no origin', 'v=0\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n'],
    ['no connection', 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n'],
    ['a host name', offer('m=audio 5004 RTP/AVP 0', 'c=IN IP4 phone.example.com')],
    ['a broken media line', offer('m=audio five RTP/AVP 0')],
    ['a port out of range', offer('m=audio 70000 RTP/AVP 0')],
    ['too long', offer(`a=x:${'y'.repeat(20_000)}`)],
    ['too many lines', offer(...new Array<string>(40).fill('m=audio 5004 RTP/AVP 0'))],
  ])('refuses what is not SDP: %s', (_, text) => {
    expect(codeOf(() => answerOffer(text, local))).toBe('bad_sdp');
  });

  it.each([
    ['sendrecv', '192.0.2.9', 'sendrecv'],
    ['sendonly', '192.0.2.9', 'recvonly'],
    ['recvonly', '192.0.2.9', 'sendonly'],
    ['inactive', '192.0.2.9', 'inactive'],
    ['sendrecv', '0.0.0.0', 'recvonly'],
    ['recvonly', '0.0.0.0', 'inactive'],
  ])('answers %s at %s with %s', (theirs, address, ours) => {
    const { sdp, audio } = answerOffer(offer('m=audio 5004 RTP/AVP 0', `c=IN IP4 ${address}`, `a=${theirs}`), local);
    expect(audio.direction).toBe(ours);
    expect(sdp).toContain(`\r\na=${ours}\r\n`);
    expect(audio.remote === undefined).toBe(address === '0.0.0.0');
  });

  it('takes the direction of the session', () => {
    expect(answerOffer(offer('a=inactive', 'm=audio 5004 RTP/AVP 0'), local).audio.direction).toBe('inactive');
  });

  it('rejects other lines in their places', () => {
    const { sdp, audio } = answerOffer(
      offer(
        'm=video 6000 RTP/AVP 31',
        'm=audio 5000 RTP/SAVP 0',
        'm=audio 5004 RTP/AVP 8',
        'm=audio 5006 RTP/AVP 0',
        'm=application 7000 UDP/BFCP *',
      ),
      local,
    );
    const lines = sdp.split('\r\n').filter((line) => line.startsWith('m='));
    expect(lines).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 0 RTP/SAVP 0',
      'm=audio 40000 RTP/AVP 8',
      'm=audio 0 RTP/AVP 0',
      'm=application 0 UDP/BFCP *',
    ]);
    expect(audio.remote?.port).toBe(5004);
  });

  it('agrees to rtcp-mux and heeds a=rtcp', () => {
    const mux = answerOffer(offer('m=audio 5004 RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp:5009'), local);
    expect(mux.sdp).toContain('a=rtcp-mux');
    expect(mux.audio).toMatchObject({ rtcpMux: true, remoteRtcp: { address: '192.0.2.9', port: 5004 } });
    const separate = answerOffer(offer('m=audio 5004 RTP/AVP 0', 'a=rtcp:5009 IN IP4 192.0.2.10'), local);
    expect(separate.audio).toMatchObject({ rtcpMux: false, remoteRtcp: { address: '192.0.2.10', port: 5009 } });
  });

  it('speaks IPv6', () => {
    const { sdp, audio } = answerOffer(offer('m=audio 5004 RTP/AVP 0', 'c=IN IP6 2001:db8::9'), {
      ...local,
      address: '2001:db8::1',
    });
    expect(sdp).toContain('c=IN IP6 2001:db8::1');
    expect(audio.remote?.address).toBe('2001:db8::9');
  });

  const mediaLine = fc.record({
    type: fc.constantFrom('audio', 'video', 'application', 'image'),
    port: fc.integer({ min: 0, max: 65535 }),
    protocol: fc.constantFrom('RTP/AVP', 'RTP/SAVP', 'RTP/AVPF', 'udptl'),
    payloads: fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 8 }),
    attributes: fc.array(fc.constantFrom('a=sendonly', 'a=rtcp-mux', 'a=rtpmap:97 PCMA/8000', 'a=ptime:10'), {
      maxLength: 3,
    }),
  });

  it('answers line for line, with one audio line at most, and only what was offered', () => {
    fc.assert(
      fc.property(fc.array(mediaLine, { maxLength: 6 }), (lines) => {
        const text = offer(
          ...lines.flatMap(({ type, port, protocol, payloads, attributes }) => [
            `m=${type} ${port} ${protocol} ${payloads.join(' ')}`,
            ...attributes,
          ]),
        );
        let answered: ReturnType<typeof answerOffer>;
        try {
          answered = answerOffer(text, local);
        } catch (error) {
          expect(error).toMatchObject({ code: 'no_common_codec' });
          return;
        }
        const answer = parse(answered.sdp);
        expect(answer.media.map((media) => [media.type, media.protocol])).toEqual(
          lines.map((line) => [line.type, line.protocol]),
        );
        const open = answer.media.flatMap((media, index) => (media.port === 0 ? [] : [index]));
        expect(open).toHaveLength(1);
        const chosen = lines[open[0] ?? -1];
        expect(chosen?.port).not.toBe(0);
        expect(chosen?.payloads).toContain(answered.audio.payloadType);
        expect(answered.audio.remote?.port).toBe(chosen?.port);
      }),
    );
  });

  it('throws nothing but MediaError, whatever comes', () => {
    const valid = offer('m=audio 5004 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendrecv');
    fc.assert(
      fc.property(fc.nat(valid.length), fc.nat(8), fc.string({ maxLength: 8, unit: 'binary' }), (at, cut, put) => {
        codeOf(() => answerOffer(valid.slice(0, at) + put + valid.slice(at + cut), local));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => codeOf(() => answerOffer(text, local)) === 'bad_sdp'),
    );
  });
});

describe('the codecs that an endpoint may speak', () => {
  const laws = fc.constantFrom<G711Law[]>(['PCMU'], ['PCMA'], ['PCMU', 'PCMA'], ['PCMA', 'PCMU']);

  it("answer with the offerer's first of them, or refuse", () => {
    fc.assert(
      fc.property(laws, laws, fc.array(fc.integer({ min: 18, max: 95 }), { maxLength: 3 }), (ours, theirs, others) => {
        const types = [...others, ...theirs.map((law) => (law === 'PCMU' ? 0 : 8)), ...others];
        const answered = () =>
          answerOffer(offer(`m=audio 5004 RTP/AVP ${types.join(' ')}`), { ...local, codecs: ours });
        const expected = theirs.find((law) => ours.includes(law));
        if (expected === undefined) {
          expect(codeOf(answered)).toBe('no_common_codec');
          return;
        }
        const { sdp, audio } = answered();
        expect(audio.codec).toBe(expected);
        expect(parse(sdp).media[0]?.rtp.map(({ codec }) => codec)).toEqual([expected]);
        expect([...audio.receivePayloadTypes.values()].every((codec) => ours.includes(codec as G711Law))).toBe(true);
      }),
    );
  });

  it('are offered in their order, and agreed on with any other endpoint that shares one', () => {
    fc.assert(
      fc.property(laws, laws, (ours, theirs) => {
        const text = createOffer({ ...local, codecs: ours });
        expect(parse(text).media[0]?.rtp.map(({ codec }) => codec)).toEqual([...ours, 'telephone-event']);
        const there = { address: '192.0.2.9', port: 6000, sessionId: 5, sessionVersion: 1, codecs: theirs };
        const shared = ours.find((law) => theirs.includes(law));
        if (shared === undefined) {
          expect(codeOf(() => answerOffer(text, there))).toBe('no_common_codec');
          return;
        }
        const answer = answerOffer(text, there);
        const audio = readAnswer(answer.sdp, { codecs: ours });
        expect([answer.audio.codec, audio.codec]).toEqual([shared, shared]);
        expect(audio.payloadType).toBe(answer.audio.payloadType);
      }),
    );
  });

  it('refuse an answer that takes none of them', () => {
    const answer = offer('m=audio 5004 RTP/AVP 0');
    expect(codeOf(() => readAnswer(answer, { codecs: ['PCMA'] }))).toBe('no_common_codec');
  });
});

describe('createOffer and readAnswer', () => {
  it('agree with answerOffer of the other side', () => {
    const there: LocalAudio = { address: '192.0.2.9', port: 6000, sessionId: 5, sessionVersion: 1 };
    const { sdp } = answerOffer(createOffer(local), there);
    expect(readAnswer(sdp)).toMatchObject({
      codec: 'PCMU',
      payloadType: 0,
      telephoneEventPayloadType: 101,
      remote: { address: '192.0.2.9', port: 6000 },
      remoteRtcp: { address: '192.0.2.9', port: 6001 },
      direction: 'sendrecv',
    });
  });

  it('heeds the payload types of the answer and still takes those of the offer', () => {
    const audio = readAnswer(offer('m=audio 5004 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000', 'a=rtcp-mux'));
    expect(audio).toMatchObject({ codec: 'PCMA', telephoneEventPayloadType: 96, rtcpMux: false });
    expect([...audio.receivePayloadTypes.keys()].sort((a, b) => a - b)).toEqual([0, 8, 96, 101]);
  });

  it('refuses a rejected line and an answer with other lines', () => {
    expect(codeOf(() => readAnswer(offer('m=audio 0 RTP/AVP 0')))).toBe('no_common_codec');
    expect(codeOf(() => readAnswer(offer('m=audio 5004 RTP/AVP 0', 'm=video 0 RTP/AVP 31')))).toBe('bad_sdp');
    expect(codeOf(() => readAnswer(offer()))).toBe('bad_sdp');
  });
});
