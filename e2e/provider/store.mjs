// Where the test provider keeps sessions, grants, codes and tokens: in memory, expiring, bounded.
//
// The library's own memory adapter holds a thousand entries; a thousand people who sign in one after another leave
// several thousand and would begin to sign each other out.

const MAX_ENTRIES = 50_000;

/** @returns {{adapter: (model: string) => object, sessionsOf: (accountId: string) => object[], size: () => number}} */
export function memoryStore() {
  /** key → { payload, expires (ms) }; a Map keeps the order of insertion, so the first is the oldest */
  const entries = new Map();
  /** session uid → key */
  const sessionByUid = new Map();
  /** grant id → keys of what was issued under it */
  const issuedUnder = new Map();

  function remove(key) {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    const { uid, grantId } = entry.payload;
    if (uid && sessionByUid.get(uid) === key) sessionByUid.delete(uid);
    const issued = issuedUnder.get(grantId);
    if (issued?.delete(key) && issued.size === 0) issuedUnder.delete(grantId);
  }

  function read(key) {
    const entry = entries.get(key);
    if (entry && entry.expires <= Date.now()) {
      remove(key);
      return undefined;
    }
    return entry?.payload;
  }

  function adapter(model) {
    const keyOf = (id) => `${model}:${id}`;
    return {
      async upsert(id, payload, expiresIn) {
        const key = keyOf(id);
        remove(key);
        entries.set(key, { payload, expires: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
        if (model === 'Session') sessionByUid.set(payload.uid, key);
        // A grant itself carries no grantId, and sessions and interactions outlive the grants they mention.
        if (payload.grantId && !['Session', 'Interaction', 'Grant'].includes(model)) {
          if (!issuedUnder.has(payload.grantId)) issuedUnder.set(payload.grantId, new Set());
          issuedUnder.get(payload.grantId).add(key);
        }
        if (entries.size > MAX_ENTRIES) remove(entries.keys().next().value);
      },
      async find(id) {
        return read(keyOf(id));
      },
      async findByUid(uid) {
        return read(sessionByUid.get(uid));
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        const payload = read(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        remove(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const key of [...(issuedUnder.get(grantId) ?? [])]) remove(key);
      },
    };
  }

  return {
    adapter,
    sessionsOf: (accountId) =>
      [...sessionByUid.values()].map(read).filter((session) => session?.accountId === accountId),
    size: () => entries.size,
  };
}
