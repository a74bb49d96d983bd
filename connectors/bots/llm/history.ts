import type { ChatMessage, ToolCall } from './wire.ts';

/** About how fast voices speak; decides where an interrupted sentence is cut. */
const CHARS_PER_SECOND = 14;

/** One sentence that the bot has said, by the id of its activity. */
interface Said {
  id: string;
  text: string;
}

type Entry =
  | { role: 'user'; content: string }
  | { role: 'assistant'; said: Said[]; toolCalls: readonly ToolCall[] }
  | { role: 'tool'; toolCallId: string; content: string };

/** What was said in the conversation, as the model is to see it: of its own words only those that the caller has heard. */
export class History {
  readonly #maxEntries: number;
  #entries: Entry[] = [];

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  user(content: string): void {
    const last = this.#entries.at(-1);
    if (last?.role === 'user') last.content += `\n${content}`;
    else this.#entries.push({ role: 'user', content });
    this.#trim();
  }

  /** A sentence of the bot; sentences that follow each other are one message. */
  say(id: string, text: string): void {
    const last = this.#entries.at(-1);
    if (last?.role === 'assistant' && last.toolCalls.length === 0) last.said.push({ id, text });
    else this.#entries.push({ role: 'assistant', said: [{ id, text }], toolCalls: [] });
  }

  /** The model has called tools; each needs its result before it is asked again. */
  call(toolCalls: readonly ToolCall[]): void {
    const last = this.#entries.at(-1);
    if (last?.role === 'assistant' && last.toolCalls.length === 0) last.toolCalls = toolCalls;
    else this.#entries.push({ role: 'assistant', said: [], toolCalls });
  }

  result(toolCallId: string, content: string): void {
    this.#entries.push({ role: 'tool', toolCallId, content });
  }

  /**
   * The caller has cut a sentence short after `playedMs`: what he did not hear was not said. Where the sentence is not known (any more)
   * nothing changes.
   */
  interrupted(id: string, playedMs: number): void {
    const index = this.#entries.findLastIndex(
      (entry) => entry.role === 'assistant' && entry.said.some((said) => said.id === id),
    );
    const entry = this.#entries[index];
    if (entry?.role !== 'assistant') return;
    const at = entry.said.findIndex((said) => said.id === id);
    const heard = heardPart(entry.said[at]?.text ?? '', playedMs);
    entry.said = [...entry.said.slice(0, at), ...(heard === '' ? [] : [{ id, text: `${heard}…` }])];
    // Sentences of later messages come after it and were not heard either.
    for (const later of this.#entries.slice(index + 1)) if (later.role === 'assistant') later.said = [];
    this.#entries = this.#entries.filter(
      (later) => later.role !== 'assistant' || later.said.length > 0 || later.toolCalls.length > 0,
    );
  }

  messages(): ChatMessage[] {
    return this.#entries.map(toMessage);
  }

  /** The oldest go, whole turns at a time: a result without its call would be refused. */
  #trim(): void {
    while (this.#entries.length > this.#maxEntries) {
      this.#entries.shift();
      while (this.#entries.length > 0 && this.#entries[0]?.role !== 'user') this.#entries.shift();
    }
  }
}

function toMessage(entry: Entry): ChatMessage {
  switch (entry.role) {
    case 'user':
      return { role: 'user', content: entry.content };
    case 'tool':
      return { role: 'tool', tool_call_id: entry.toolCallId, content: entry.content };
    case 'assistant': {
      const content = entry.said.map(({ text }) => text).join(' ');
      if (entry.toolCalls.length === 0) return { role: 'assistant', content };
      return { role: 'assistant', content: content === '' ? null : content, tool_calls: [...entry.toolCalls] };
    }
  }
}

function heardPart(text: string, playedMs: number): string {
  const chars = Math.round((playedMs / 1000) * CHARS_PER_SECOND);
  if (chars >= text.length) return text;
  const space = text.lastIndexOf(' ', chars);
  return space > 0 ? text.slice(0, space) : '';
}
