// Talks graphql-transport-ws with the graphql-ws client and prints what it saw as one JSON line.
// Arguments: URL, connection parameters and a list of {query, take} to run one after another over one socket, as JSON.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, params, operations] = process.argv.slice(2);
const seen = { operations: [], pongs: 0, close: null };
const client = createClient({
  url,
  connectionParams: JSON.parse(params),
  webSocketImpl: WebSocket,
  retryAttempts: 0,
  keepAlive: 1, // a ping after so many milliseconds of silence: the operations must not be over before
  on: {
    pong: (received) => { seen.pongs += received ? 1 : 0; },
    closed: (event) => { seen.close = { code: event.code, reason: event.reason }; },
  },
});
for (const { query, take } of JSON.parse(operations)) {
  const results = [];
  let ended = 'completed';
  try {
    for await (const result of client.iterate({ query })) {
      results.push(result);
      if (results.length === take) { ended = 'left'; break; }
    }
  } catch (error) {
    ended = Array.isArray(error) ? error.map(({ extensions }) => extensions.code) : 'closed';
  }
  seen.operations.push({ results, ended });
}
await client.dispose();
await new Promise((resolve) => setTimeout(resolve, 100));
console.log(JSON.stringify(seen));
