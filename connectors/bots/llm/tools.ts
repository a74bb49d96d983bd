import { type Dispatcher, request } from 'undici';
import type { BotActivity } from '../../../src/bots/port.ts';
import { messageOf } from '../../../src/errors.ts';
import type { HttpToolConfig, LlmConfig } from './config.ts';
import type { ToolCall, ToolDefinition } from './wire.ts';

/** Longest result that the model gets. */
const MAX_RESULT_CHARS = 20_000;

/** What a tool call comes to. */
export interface ToolOutcome {
  /** For the model. */
  result: string;
  /** For the hub, after what was said before. */
  activity?: Pick<BotActivity, 'name' | 'activityParams'>;
  /** The model is not asked again: the call goes elsewhere, or ends. */
  last?: boolean;
}

/** The tools that the configuration allows, as the model is told of them. */
export function definitionsOf({ transfer, hangUp, sendDtmf, http }: LlmConfig['tools']): ToolDefinition[] {
  const tools: ToolDefinition[] = http.map(({ name, description, parameters }) =>
    define(name, description, parameters),
  );
  if (transfer !== undefined && Object.keys(transfer).length > 0) {
    const list = Object.entries(transfer).map(
      ([name, { description }]) => `${name}${description ? `: ${description}` : ''}`,
    );
    tools.push(
      define('transfer', `Hand the caller over. Destinations: ${list.join('; ')}`, {
        type: 'object',
        properties: {
          destination: { type: 'string', enum: Object.keys(transfer) },
          reason: { type: 'string', description: 'Why, in a few words' },
        },
        required: ['destination'],
      }),
    );
  }
  if (hangUp) {
    tools.push(
      define('hang_up', 'End the call. Say goodbye first.', {
        type: 'object',
        properties: { reason: { type: 'string', description: 'Why, in a few words' } },
      }),
    );
  }
  if (sendDtmf) {
    tools.push(
      define('send_dtmf', 'Press keys on the telephone.', {
        type: 'object',
        properties: { digits: { type: 'string', pattern: '^[0-9*#]{1,20}$' } },
        required: ['digits'],
      }),
    );
  }
  return tools;
}

function define(name: string, description: string, parameters: Readonly<Record<string, unknown>>): ToolDefinition {
  return { type: 'function', function: { name, description, parameters } };
}

/** Does what the model asks for. Never rejects: what went wrong is the model's result. */
export async function runTool(
  call: ToolCall,
  tools: LlmConfig['tools'],
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const args = readArguments(call.function.arguments);
  if (args === undefined) return { result: 'error: the arguments are no JSON object' };
  const text = (key: string) => (typeof args[key] === 'string' ? args[key] : '');
  const { name } = call.function;
  if (name === 'transfer' && tools.transfer !== undefined) {
    const destination = text('destination');
    const target = Object.hasOwn(tools.transfer, destination) ? tools.transfer[destination]?.target : undefined;
    if (target === undefined) {
      return { result: `error: no such destination; there are ${Object.keys(tools.transfer).join(', ')}` };
    }
    const reason = text('reason');
    const activityParams = { transferTarget: target, ...(reason === '' ? {} : { handoverReason: reason }) };
    return { result: 'the caller is being transferred', activity: { name: 'transfer', activityParams }, last: true };
  }
  if (name === 'hang_up' && tools.hangUp) {
    const reason = text('reason');
    const activityParams = reason === '' ? {} : { hangupReason: reason };
    return { result: 'the call ends', activity: { name: 'hangup', activityParams }, last: true };
  }
  if (name === 'send_dtmf' && tools.sendDtmf) {
    const digits = text('digits');
    if (!/^[0-9*#]{1,20}$/.test(digits)) return { result: 'error: 1 to 20 of 0-9, * and #' };
    return { result: 'sent', activity: { name: 'sendDtmf', activityParams: { dtmfDigits: digits } } };
  }
  const tool = tools.http.find((candidate) => candidate.name === name);
  if (tool === undefined) return { result: `error: there is no tool '${name}'` };
  return { result: await fetchTool(tool, args, dispatcher, signal) };
}

function readArguments(json: string): Record<string, unknown> | undefined {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function fetchTool(
  tool: HttpToolConfig,
  args: Record<string, unknown>,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(tool.url);
  if (tool.method === 'GET') {
    for (const [key, value] of Object.entries(args)) {
      url.searchParams.set(key, typeof value === 'string' ? value : JSON.stringify(value));
    }
  }
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: tool.method,
      headers: { ...tool.headers, ...(tool.method === 'POST' ? { 'content-type': 'application/json' } : {}) },
      body: tool.method === 'POST' ? JSON.stringify(args) : null,
      signal: AbortSignal.any([signal, AbortSignal.timeout(tool.timeoutMs)]),
    });
    const text = await readStart(body);
    return statusCode < 300 ? text : `error: the server answered ${statusCode}: ${text}`;
  } catch (error) {
    return `error: ${messageOf(error)}`;
  }
}

async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_RESULT_CHARS) return `${text.slice(0, MAX_RESULT_CHARS)} (cut)`;
  }
  return text;
}
