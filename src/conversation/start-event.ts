import type { BotParameters } from '../bots/parameters.ts';
import type { CallFacts } from './ports.ts';

/**
 * `parameters` of the start event (Bot API 4.1). `sipHeadersToBot` adds parameters from header fields of the INVITE, and may
 * replace the usual ones; a header that the INVITE does not have adds nothing.
 */
export function startParameters(
  facts: CallFacts,
  params: Pick<BotParameters, 'language' | 'sipHeadersToBot'>,
): Record<string, unknown> {
  const parameters: Record<string, unknown> = {
    locale: params.language,
    vaigConversationId: facts.conversationId,
    caller: facts.caller,
    callerHost: facts.callerHost,
    ...(facts.callerDisplayName === undefined ? {} : { callerDisplayName: facts.callerDisplayName }),
    callee: facts.callee,
    calleeHost: facts.calleeHost,
    ...(facts.dialout === undefined ? {} : { outboundTarget: facts.dialout.target }),
    ...(facts.dialout?.metadata === undefined ? {} : { dialoutMetadata: facts.dialout.metadata }),
  };
  for (const [name, header] of Object.entries(params.sipHeadersToBot)) {
    const value = headerValue(facts.headers, header);
    if (value !== undefined) parameters[name] = value;
  }
  return parameters;
}

/** `P-Asserted-Identity.1`: the second one. A name that contains a dot itself is tried as it is first. */
function headerValue(headers: CallFacts['headers'], selector: string): string | undefined {
  const whole = headers.get(selector.toLowerCase());
  if (whole !== undefined) return whole[0];
  const indexed = /^(.+)\.(\d{1,3})$/.exec(selector);
  if (indexed === null) return undefined;
  return headers.get(indexed[1]?.toLowerCase() ?? '')?.[Number(indexed[2])];
}
