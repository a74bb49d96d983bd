import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { Answer } from './testing.ts';

interface ResponseObject {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: object }>;
}
export interface OperationObject {
  operationId: string;
  security: object[];
  responses: Record<string, ResponseObject>;
  requestBody?: { content: Record<string, { schema: object }> };
}
/** The parts of an OpenAPI document that are compared with. */
export interface ApiDocument {
  paths: Record<string, Record<string, OperationObject>>;
}

/** Compares answers with what the document says of them, and keeps count of what was compared. */
export class Contract {
  readonly seen = new Set<string>();
  readonly #document: ApiDocument;
  readonly #ajv: Ajv2020;

  constructor(document: ApiDocument) {
    this.#document = document;
    // What the document says beside JSON schemas are unknown words to the validator of schemas.
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: 'api' });
  }

  check(method: string, path: string, answer: Answer): void {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${path} is not documented`);
    const place = `${operation.operationId} ${answer.status}`;
    const response = operation.responses[String(answer.status)];
    if (!response) throw new Error(`${place} is not documented: ${answer.text}`);
    this.seen.add(place);
    const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    const content = response.content?.[type];
    if (response.content === undefined) expect([place, answer.text]).toEqual([place, '']);
    else if (!content) throw new Error(`${place} has the undocumented type ${type}`);
    else if (type === 'application/json') {
      const validate = this.#schema(path, method.toLowerCase(), answer.status, type);
      expect([place, validate(answer.body) ? [] : validate.errors]).toEqual([place, []]);
    }
    if (answer.status === 401) expect(answer.headers).toHaveProperty('www-authenticate');
    if (answer.status === 429) expect(answer.headers).toHaveProperty('retry-after');
  }

  #schema(path: string, method: string, status: number, type: string): ValidateFunction {
    const pointer = ['paths', path, method, 'responses', String(status), 'content', type, 'schema']
      .map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = this.#ajv.getSchema(`api#/${pointer}`);
    if (!validate) throw new Error(`no schema at ${pointer}`);
    return validate;
  }
}
