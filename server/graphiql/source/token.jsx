// The access token: kept for this browser tab only, sent with every request and subscription.
import { useSyncExternalStore } from "react";

const KEY = "souk:access-token";
const listeners = new Set();

export function readToken() {
  return sessionStorage.getItem(KEY) ?? "";
}

function keepToken(token) {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

function useToken() {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, readToken);
}

function KeyIcon(props) {
  const token = useToken();
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" {...props}>
      <circle cx="8" cy="15.5" r="4.5" />
      <path d="m11.3 12.2 8.2-8.2M16 7.5l3 3M13.5 10l2 2" />
      {token && <circle className="souk-token-dot" cx="19" cy="19" r="3.5" stroke="none" />}
    </svg>
  );
}

function TokenPanel() {
  const token = useToken();
  return (
    <section className="souk-token" aria-label="Access token">
      <div className="graphiql-doc-explorer-title">Access token</div>
      <label htmlFor="souk-token">Token or API key</label>
      <input
        id="souk-token"
        type="password"
        value={token}
        placeholder="none: you browse as a guest"
        autoComplete="off"
        spellCheck="false"
        // What is copied from a header or a terminal often brings its scheme and line end along.
        onChange={(event) => keepToken(event.target.value.trim().replace(/^Bearer\s+/i, ""))}
      />
      <button type="button" className="graphiql-button" disabled={!token} onClick={() => keepToken("")}>
        Forget it
      </button>
      <p>
        Sent as <code>Authorization: Bearer …</code> with every request, and in the <code>connection_init</code> of every
        subscription. It is kept in this browser tab until the tab is closed. An <code>Authorization</code> of the
        headers editor goes before it.
      </p>
    </section>
  );
}

export const TOKEN_PLUGIN = { title: "Access token", icon: KeyIcon, content: TokenPanel };
