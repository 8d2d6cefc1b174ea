// How GraphiQL reaches the API: queries and mutations over HTTP, subscriptions over graphql-transport-ws, both at the page's own address.
import { Kind, parse } from "graphql";
import { createClient } from "graphql-ws";
import { readToken } from "./token.jsx";

const HTTP_URL = location.origin + location.pathname;
const WEBSOCKET_URL = HTTP_URL.replace(/^http/, "ws");

function withToken(headers = {}) {
  const token = readToken();
  const own = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return token && !own ? { Authorization: `Bearer ${token}`, ...headers } : headers;
}

async function post(request, headers) {
  const response = await fetch(HTTP_URL, {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json;q=0.9",
      "Content-Type": "application/json",
      ...withToken(headers),
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`HTTP ${response.status} ${response.statusText}: ${text.slice(0, 500) || "an empty answer"}`);
  }
}

function subscribe(request, headers) {
  // One socket a subscription: each brings the token and headers of the moment it was started.
  const client = createClient({ url: WEBSOCKET_URL, connectionParams: withToken(headers) });
  // An observable and not an async generator: the generator could only be stopped when the next event comes.
  return {
    subscribe: ({ next, error, complete }) => ({
      unsubscribe: client.subscribe(request, { next, error: (failure) => error(explained(failure)), complete }),
    }),
  };
}

function explained(failure) {
  if (!(failure instanceof CloseEvent)) return failure;
  return new Error(`The WebSocket was closed: ${failure.code} ${failure.reason}`.trim());
}

// GraphiQL notices which operation is in its editor 100 ms late: who opens a tab and runs it at once would send the name of the tab before.
function operationOf({ query, operationName }) {
  try {
    const operations = parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return operations.length === 1 ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  } catch {
    return undefined; // the server says what is wrong with the document
  }
}

export function fetcher(request, { headers } = {}) {
  const operation = operationOf(request);
  const named = { ...request, operationName: operation?.name?.value ?? request.operationName };
  return operation?.operation === "subscription" ? subscribe(named, headers) : post(named, headers);
}
