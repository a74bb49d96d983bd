import type { z } from 'zod';
import type { CallBlockList } from '../routing/block-lists.ts';
import type { GroupDestination, RoutingGroup } from '../routing/ring-plan.ts';
import type { RouteDestination, RoutingRule, RuleOrigin } from '../routing/rules.ts';
import { callBlockList, routingGroup, routingRule } from './routing-schema.ts';
import type { Path } from './source.ts';

/** Checks values against schemas, and collects what is wrong. */
export interface EntryReader {
  parse<Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path): z.output<Schema> | undefined;
  report(path: Path, message: string): void;
}

export function readRule(reader: EntryReader, value: unknown, path: Path): RoutingRule | undefined {
  const rule = reader.parse(routingRule, value, path);
  if (rule === undefined) return undefined;
  const { bot, reject, sipConnection, phoneNumber, routingGroup: group } = rule.destination;
  const fromBot = rule.origin?.bot !== undefined;
  const transfer = rule.type === 'transfer';
  if (transfer && rule.origin?.phoneNumber !== undefined) {
    reader.report(
      [...path, 'origin'],
      'a transfer is asked for by a bot, or over a SIP connection by REFER: name one of them',
    );
    return undefined;
  }
  const outward = sipConnection ?? phoneNumber ?? group;
  if (outward !== undefined && rule.origin === undefined && !transfer) {
    reader.report(
      [...path, 'destination'],
      'who may call at the cost of the hub must be said: name the origin, as origin: { sipConnection: … }, { phoneNumber: … } or { bot: … }',
    );
    return undefined;
  }
  if (bot !== undefined && (fromBot || transfer)) {
    const what = transfer ? 'a transfer' : 'a call that a bot places';
    reader.report([...path, 'destination', 'bot'], `${what} goes to a sipConnection or a phoneNumber`);
    return undefined;
  }
  if (group !== undefined && fromBot && !transfer) {
    reader.report(
      [...path, 'destination', 'routingGroup'],
      'a call that a bot places goes to a sipConnection or a phoneNumber; several gateways of a SIP connection are tried in order',
    );
    return undefined;
  }
  let destination: RouteDestination;
  if (bot !== undefined) destination = { bot };
  else if (sipConnection !== undefined) destination = { sipConnection };
  else if (phoneNumber !== undefined) destination = { phoneNumber };
  else if (group !== undefined) destination = { routingGroup: group };
  else if (reject !== undefined) destination = { reject: rejection(reject) };
  else return undefined;
  return {
    id: rule.id,
    type: rule.type,
    origin: originOf(rule.origin),
    calling: rule.calling,
    called: rule.called,
    destination,
    rewrite: rule.rewrite,
    ...(rule.record ? { record: true } : {}),
  };
}

export function readGroup(reader: EntryReader, value: unknown, path: Path): RoutingGroup | undefined {
  const group = reader.parse(routingGroup, value, path);
  if (group === undefined) return undefined;
  const destinations = group.destinations.flatMap((entry): GroupDestination[] => {
    const { priority, calling, called, ringTimeoutMs } = entry;
    const target = targetOf(entry);
    return target === undefined ? [] : [{ priority, target, rewrite: { calling, called }, ringTimeoutMs }];
  });
  return { ...group, destinations };
}

function targetOf(
  entry: z.output<typeof routingGroup>['destinations'][number],
): GroupDestination['target'] | undefined {
  const { sipConnection, phoneNumber, bot, routingGroup: group } = entry;
  if (sipConnection !== undefined) return { sipConnection };
  if (phoneNumber !== undefined) return { phoneNumber };
  if (bot !== undefined) return { bot };
  return group === undefined ? undefined : { routingGroup: group };
}

export function readBlockList(reader: EntryReader, value: unknown, path: Path): CallBlockList | undefined {
  const list = reader.parse(callBlockList, value, path);
  return list && { ...list, reject: rejection(list.reject) };
}

function rejection({ code, reason }: { code: number; reason?: string | undefined }): { code: number; reason: string } {
  return { code, reason: reason ?? (code === 603 ? 'Decline' : 'Rejected') };
}

function originOf(
  origin:
    | { sipConnection?: string | undefined; phoneNumber?: string | undefined; bot?: string | undefined }
    | undefined,
): RuleOrigin | undefined {
  if (origin?.bot !== undefined) return { bot: origin.bot };
  if (origin?.sipConnection !== undefined) return { sipConnection: origin.sipConnection };
  if (origin?.phoneNumber !== undefined) return { phoneNumber: origin.phoneNumber };
  return undefined;
}
