import { describe, expect, it } from 'vitest';
import type { FakeEndpoint } from '../../../src/media/fake-endpoint.ts';
import type { EndpointOptions } from '../../../src/media/port.ts';
import { buildFake, makeFakeRig } from './fake-rig.ts';
import { keyCases } from './key-cases.ts';

interface Breakage {
  fault: string;
  noticedBy: string;
  endpoint?: (endpoint: FakeEndpoint) => void;
  request?: (request: EndpointOptions) => EndpointOptions;
}

const came = 'tells of a key that came another way, and passes it on';
const goes = 'sends keys another way where it is told to, and back again';
const bridged = 'sends keys of a bridge another way where it is told to';

/** Ways to break keys that work, and the case of the kit that has to notice each. */
const breakages: Breakage[] = [
  {
    fault: 'keeps a key to itself',
    noticedBy: came,
    endpoint: (endpoint) => {
      endpoint.pressKey = (press) => void endpoint.emit('dtmf', press);
    },
  },
  {
    fault: 'tells of a key twice',
    noticedBy: came,
    endpoint: (endpoint) => {
      const press = endpoint.pressKey.bind(endpoint);
      endpoint.pressKey = (key) => {
        press(key);
        endpoint.emit('dtmf', key);
      };
    },
  },
  {
    fault: 'sends a key back to the party that pressed it',
    noticedBy: came,
    endpoint: (endpoint) => {
      const press = endpoint.pressKey.bind(endpoint);
      endpoint.pressKey = (key) => {
        press(key);
        endpoint.emit('dtmf', { ...key, durationMs: 0 });
      };
    },
  },
  {
    fault: 'sends keys in the media all the same',
    noticedBy: goes,
    endpoint: (endpoint) => {
      endpoint.sendKeysBy = () => {};
    },
  },
  {
    fault: 'sends keys before what is playing',
    noticedBy: goes,
    endpoint: (endpoint) => {
      const send = endpoint.sendDtmf.bind(endpoint);
      endpoint.sendDtmf = (digits, options) => {
        endpoint.playout.flush();
        return send(digits, options);
      };
    },
  },
  {
    fault: 'goes on sending keys another way',
    noticedBy: goes,
    endpoint: (endpoint) => {
      const use = endpoint.sendKeysBy.bind(endpoint);
      endpoint.sendKeysBy = (send) => send && use(send);
    },
  },
  {
    fault: 'sends keys of a bridge in the media as well',
    noticedBy: bridged,
    endpoint: (endpoint) => {
      const use = endpoint.sendKeysBy.bind(endpoint);
      endpoint.sendKeysBy = (send) =>
        use(
          send &&
            (async (press) => {
              endpoint.caller.digitsHeard.push({ ...press, atMs: 0, heardMs: 0 });
              await send(press);
            }),
        );
    },
  },
  {
    fault: 'tells of RFC 4733 whatever it is asked for',
    noticedBy: 'says nothing of RFC 4733 where it is not to',
    request: ({ telephoneEvents: _, ...request }) => request,
  },
  {
    fault: 'tells of RFC 4733 never',
    noticedBy: 'says nothing of RFC 4733 where it is not to',
    request: (request) => ({ ...request, telephoneEvents: false }),
  },
  {
    fault: 'names its own address',
    noticedBy: 'names the address that it is told to',
    request: ({ advertisedAddress: _, ...request }) => request,
  },
];

describe('the media contract notices an engine that', () => {
  it.each(breakages)('$fault', async ({ noticedBy, endpoint, request = (given) => given }) => {
    const contractCase = keyCases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const broken = await makeFakeRig(contractCase.options ?? {}, (clock, options) => {
      const fake = buildFake(clock, options);
      const create = fake.createEndpoint.bind(fake);
      fake.createEndpoint = async (given) => {
        const made = await create(request(given));
        endpoint?.(made);
        return made;
      };
      return fake;
    });
    await expect(contractCase.run(broken)).rejects.toThrow();
    await broken.close();
  });
});
