import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

interface Namespace {
  nested: Record<string, Namespace>;
}

const require = createRequire(import.meta.url);

/**
 * Gives a service by the schema that an SDK brings, read once. Its methods may also answer with bytes that are no message.
 * @param path of the version within `google.cloud`: the whole schema takes a second to read
 */
export function serviceLoader(file: string, path: readonly string[]): () => ServiceDefinition {
  let loaded: ServiceDefinition | undefined;
  return () => {
    loaded ??= withRawBytes(
      fromJSON(schemaOf(file, path), { longs: String, enums: String, defaults: true, oneofs: true })[
        ['google', 'cloud', ...path, 'Sessions'].join('.')
      ] as ServiceDefinition,
    );
    return loaded;
  };
}

/** One version of Dialogflow, with what it needs. */
function schemaOf(file: string, path: readonly string[]): object {
  const { google } = (require(file) as Namespace).nested;
  if (google === undefined) throw new Error(`${file} has no package google`);
  const { cloud, ...common } = google.nested;
  let version = cloud;
  for (const name of path) version = version?.nested[name];
  const wanted = path.reduceRight<unknown>((inner, name) => ({ nested: { [name]: inner } }), version);
  return { nested: { google: { nested: { ...common, cloud: wanted } } } };
}

/** Lets methods answer with bytes of their own. */
function withRawBytes(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      {
        ...method,
        responseSerialize: (value: unknown) => (Buffer.isBuffer(value) ? value : method.responseSerialize(value)),
      },
    ]),
  );
}
