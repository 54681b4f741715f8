import { createHash } from 'node:crypto';

/** `at_hash` and `c_hash` (OpenID Connect Core 3.1.3.6) for the algorithms that hash with SHA-256. */
export const halfHash = (value) => createHash('sha256').update(value, 'ascii').digest().subarray(0, 16).toString('base64url');
