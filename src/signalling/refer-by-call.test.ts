import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headerValue } from '../engines/embedded/sip/message.ts';
import { answerTo, clock, hangUp, peer } from '../engines/embedded/sip/test-agent.ts';
import { OPERATOR, settle, TakeoverRig } from './takeover-test-support.ts';

let rig: TakeoverRig;
beforeEach(async () => {
  rig = await TakeoverRig.make();
});
afterEach(() => rig.assertNothingLeft());

describe.each(['udp', 'tcp'] as const)('REFER of a party, over %s', (transport) => {
  test('another party takes its place: the bot goes on with it', async () => {
    const [phone, target] = [await peer(transport), await peer(transport)];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    expect(
      await rig.refer(phone, call, `<sip:next@127.0.0.1:${target.port}>`, 2, ['Referred-By: <sip:a@127.0.0.1>']),
    ).toBe(202);
    const invite = await rig.answerInvite(target, 40_200);
    expect(headerValue(invite, 'referred-by')).toBe('<sip:a@127.0.0.1>');
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK']);
    expect(rig.remotes()).toEqual(['127.0.0.1:40200']);
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual([]);
    expect(rig.transcript()).toEqual([expect.stringContaining('goes on with sip:next@')]);
    const to = headerValue(invite, 'from') ?? '';
    target.send(
      target.text('BYE', {
        from: `${headerValue(invite, 'to')};tag=d`,
        to,
        callId: headerValue(invite, 'call-id') ?? '',
        cseq: 1,
      }),
    );
    expect(await answerTo(target, '1 BYE')).toMatchObject({ status: 200 });
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });
});

describe('REFER of a party', () => {
  test('who does not leave by itself is sent BYE', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    await rig.answerInvite(target, 40_200);
    await rig.reports(phone);
    await clock.run(2_100);
    await rig.takeBye(phone);
    expect(rig.told).toEqual([]);
  });

  test('the other party is busy: all is as before', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    const invite = await target.request('INVITE');
    if (invite) target.send(target.answer(invite, 486, { tag: 'd' }));
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 486 Busy Here']);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000']);
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('who leaves before the other one has answered is gone when that comes to nothing', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    const invite = await target.request('INVITE');
    await hangUp(phone, call, 3);
    await settle();
    expect(rig.told).toEqual([]);
    if (invite) target.send(target.answer(invite, 486, { tag: 'd' }));
    await settle();
    expect(rig.told).toEqual(['gone caller-hangup']);
  });

  test('not without a rule; one at a time; reports only where they are wanted', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    expect(await rig.refer(phone, call, '<sip:forbidden@x>', 2)).toBe(404);
    expect(await rig.refer(phone, call, '<sip:next@x>', 3, ['Refer-Sub: false'])).toBe(202);
    expect(await rig.refer(phone, call, '<sip:next@x>', 4)).toBe(491);
    await rig.answerInvite(target, 40_200);
    expect(await phone.request('NOTIFY', 100)).toBeUndefined();
    await hangUp(phone, call, 5);
  });

  test('media that makes no offer: reported, and the party that then leaves ends the call', async () => {
    const phone = await peer();
    const call = await rig.call(phone, 'bot', 40_000);
    const endpoint = rig.media.endpoints[0];
    if (endpoint) endpoint.offer = () => Promise.reject(new Error('no media'));
    expect(await rig.refer(phone, call, '<sip:next@x>', 2)).toBe(202);
    expect(await rig.reports(phone)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 500 Server Internal Error']);
    expect(rig.transcript()).toEqual([expect.stringContaining('has not come: 500')]);
    await hangUp(phone, call, 3);
    await settle();
    expect([rig.told, rig.registry.size]).toEqual([['gone caller-hangup'], 0]);
  });

  test('a call does not try without end', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    for (let cseq = 2; cseq < 22; cseq++) {
      expect(await rig.refer(phone, call, '<sip:next@x>', cseq, ['Refer-Sub: false'])).toBe(202);
      const invite = await target.request('INVITE');
      if (invite) target.send(target.answer(invite, 486, { tag: 'd' }));
      await settle();
    }
    expect(await rig.refer(phone, call, '<sip:next@x>', 22)).toBe(491);
    await hangUp(phone, call, 23);
  });

  test('who has come is a party of the connection that it was called by', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    rig.targetConnection = 'abroad';
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    await rig.answerInvite(target, 40_200);
    await rig.reports(phone);
    await hangUp(phone, call, 3);
    expect(await rig.refer(target, rig.deskDialog, '<sip:forbidden-abroad@x>', 2)).toBe(404);
    expect(rig.asked).toEqual(['phones', 'abroad']);
  });

  test('a call that ends meanwhile calls nobody', async () => {
    const [phone, target] = [await peer(), await peer()];
    rig.target = target;
    const call = await rig.call(phone, 'bot', 40_000);
    await rig.refer(phone, call, '<sip:next@x>', 2);
    const invite = await target.request('INVITE');
    if (invite) target.send(target.answer(invite, 180, { tag: 'd' }));
    await settle();
    rig.registry.live()[0]?.terminate(OPERATOR);
    const cancel = await target.request('CANCEL');
    if (cancel) target.send(target.answer(cancel, 200));
    if (invite) target.send(target.answer(invite, 487, { tag: 'd' }));
    await rig.takeBye(phone);
    await settle();
    expect(rig.registry.size).toBe(0);
  });

  test('an agent passes his caller on: the caller stays in the bridge, and hears the other one', async () => {
    const [phone, desk, target] = [await peer(), await peer(), await peer()];
    Object.assign(rig, { desk, target });
    const call = await rig.call(phone, 'desk', 40_000);
    expect(rig.remotes()).toEqual(['127.0.0.1:40000', '127.0.0.1:40100']);
    const dialog = rig.deskDialog;
    expect(await rig.refer(desk, dialog, '<sip:next@x>', 2)).toBe(202);
    await rig.answerInvite(target, 40_200);
    expect((await rig.reports(desk)).at(-1)).toBe('SIP/2.0 200 OK');
    expect(rig.remotes()).toContain('127.0.0.1:40200');
    await hangUp(desk, dialog, 3);
    await settle();
    expect(rig.registry.size).toBe(2);
    const [caller] = [...rig.records.values()];
    const [agent, other] = rig.placed();
    expect(agent).toMatchObject({ state: 'ended', end: { category: 'transferred', by: 'callee' } });
    expect(other).toMatchObject({ state: 'answered', sessionId: caller?.id, bridgedWith: caller?.id });
    expect(caller?.bridgedWith).toBe(other?.id);
    phone.send(phone.text('BYE', { ...call, cseq: 3 }));
    expect(await answerTo(phone, '3 BYE')).toMatchObject({ status: 200 });
    await rig.takeBye(target);
  });
});
