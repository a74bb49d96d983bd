import { z } from 'zod';

/* Chat completions, streamed: the parts of OpenAI's API that servers of other makers understand, too. */

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export type ChatMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; tool_calls?: ToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };

export interface ToolDefinition {
  type: 'function';
  function: { name: string; description: string; parameters: Readonly<Record<string, unknown>> };
}

const text = z.string().nullish();

const toolCallDelta = z.looseObject({
  index: z.int().min(0).max(127).nullish(),
  id: text,
  function: z.looseObject({ name: text, arguments: text }).nullish(),
});

/** One event of the stream. Fields that servers leave out, or send as null, are absent. */
const chunkSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: text, tool_calls: z.array(toolCallDelta).nullish() }).nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  error: z.union([z.looseObject({ message: text }), z.string()]).nullish(),
});

export type Chunk =
  | { type: 'text'; text: string }
  | { type: 'tool'; index: number; id: string | undefined; name: string | undefined; arguments: string }
  | { type: 'finish'; reason: string }
  | { type: 'error'; message: string };

/**
 * The data of one server-sent event.
 * @returns undefined where it is no JSON of a completion; `[DONE]` gives nothing
 */
export function readChunk(data: string): Chunk[] | undefined {
  if (data.trim() === '[DONE]') return [];
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return undefined;
  }
  const parsed = chunkSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { choices, error } = parsed.data;
  if (error !== undefined && error !== null) {
    return [{ type: 'error', message: typeof error === 'string' ? error : (error.message ?? 'no message') }];
  }
  const choice = choices?.[0];
  const chunks: Chunk[] = [];
  if (choice?.delta?.content) chunks.push({ type: 'text', text: choice.delta.content });
  for (const [position, call] of (choice?.delta?.tool_calls ?? []).entries()) {
    chunks.push({
      type: 'tool',
      index: call.index ?? position,
      id: call.id || undefined,
      name: call.function?.name || undefined,
      arguments: call.function?.arguments ?? '',
    });
  }
  if (choice?.finish_reason) chunks.push({ type: 'finish', reason: choice.finish_reason });
  return chunks;
}

/** Puts the pieces of tool calls together. */
export class ToolCalls {
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>();

  add({ index, id, name, arguments: piece }: Extract<Chunk, { type: 'tool' }>): void {
    const call = this.#calls.get(index) ?? { id: '', name: '', arguments: '' };
    this.#calls.set(index, {
      id: id ?? call.id,
      name: name ?? call.name,
      arguments: call.arguments + piece,
    });
  }

  /** In the order of their indexes; one without an id gets `newId()`. */
  all(newId: () => string): ToolCall[] {
    return [...this.#calls.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, { id, name, arguments: json }]) => ({
        id: id === '' ? newId() : id,
        type: 'function',
        function: { name, arguments: json },
      }));
  }
}
