import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { GoogleAuth } from 'google-auth-library';
import { z } from 'zod';
import { messageOf } from '../../../src/errors.ts';
import { SpeechError } from '../../../src/speech/ports.ts';
import type { GoogleConfig } from './config.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

const serviceAccountKey = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  project_id: z.string().optional(),
});

/**
 * The key of a service account, which signs its tokens itself (RFC 7523), or application default credentials.
 * @throws SpeechError `speech_rejected` where the key file is none
 */
export async function authOf({ credentials, projectId }: GoogleConfig): Promise<GoogleAuth> {
  const { GoogleAuth: Auth, JWT } = await import('google-auth-library');
  const project = (id: string | undefined) => (id === undefined ? {} : { projectId: id });
  if (credentials === undefined) return new Auth({ scopes: SCOPES, ...project(projectId) });
  const key = await readKey(credentials.keyFile);
  const authClient = new JWT({
    email: key.client_email,
    key: key.private_key,
    scopes: SCOPES,
    ...(key.private_key_id === undefined ? {} : { keyId: key.private_key_id }),
  });
  authClient.useJWTAccessWithScope = true;
  return new Auth({ authClient, ...project(projectId ?? key.project_id) });
}

async function readKey(file: string): Promise<z.output<typeof serviceAccountKey>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    // The words of a JSON parser may quote the file.
    const why = error instanceof SyntaxError ? 'it is no JSON' : messageOf(error);
    throw unusable(`credentials.keyFile ${file} cannot be read: ${why}`);
  }
  const key = serviceAccountKey.safeParse(content);
  if (key.success) return key.data;
  throw unusable(
    `credentials.keyFile ${file} is no key of a service account; other kinds go into GOOGLE_APPLICATION_CREDENTIALS, without credentials here`,
  );
}

/** Credentials that cannot be used, as an error of the port. */
export function unusable(why: string, cause?: unknown): SpeechError {
  return new SpeechError('speech_rejected', `Google: ${why}`, {
    cause,
    publicMessage: 'the credentials for Google cannot be used',
  });
}

/** What the SDK makes of its credentials, over TLS that trusts the configured authorities too, or whomever. */
export async function channelTrusting(
  { caCertificate, allowSelfSignedCert }: Pick<GoogleConfig, 'caCertificate' | 'allowSelfSignedCert'>,
  auth: GoogleAuth,
): Promise<ChannelCredentials> {
  const { credentials } = await import('@grpc/grpc-js');
  const authorities = [...getCACertificates('default'), ...(caCertificate === undefined ? [] : [caCertificate])];
  return credentials.combineChannelCredentials(
    credentials.createSsl(Buffer.from(authorities.join('\n')), null, null, {
      rejectUnauthorized: !allowSelfSignedCert,
    }),
    credentials.createFromGoogleCredential({
      async getRequestHeaders(url) {
        const client = await auth.getClient();
        return Object.fromEntries(await client.getRequestHeaders(url));
      },
    }),
  );
}
