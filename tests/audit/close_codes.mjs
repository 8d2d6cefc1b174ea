// Breaks the rules of graphql-transport-ws one by one, with graphql-ws's own message types, and prints as one JSON line
// by which of graphql-ws's CloseCode each socket was closed. Arguments: URL.
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType } from 'graphql-ws';
import WebSocket from 'ws';

const [url] = process.argv.slice(2);
const NAMES = Object.fromEntries(Object.entries(CloseCode).filter(([name]) => Number.isNaN(Number(name))).map(([name, code]) => [code, name]));
const init = (payload) => ({ type: MessageType.ConnectionInit, payload });
const subscribe = (id) => ({ type: MessageType.Subscribe, id, payload: { query: 'subscription { events { id } }' } });

// What is sent at first and, where it matters, once the connection is acknowledged.
const BROKEN = {
  noInit: [],
  badMessage: ['nonsense'],
  unknownType: [{ type: 'start' }],
  subscribeFirst: [subscribe('1')],
  wrongKey: [init({ Authorization: 'Bearer souk_wrong' })],
  initTwice: [init(), init()],
  idTwice: [init({ Authorization: process.argv[3] }), subscribe('1'), subscribe('1')],
};

function closed(messages) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, GRAPHQL_TRANSPORT_WS_PROTOCOL);
    const send = (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    const [first, ...rest] = messages;
    socket.on('open', () => {
      if (first !== undefined) send(first);
    });
    socket.on('message', (data) => {
      if (JSON.parse(data).type === MessageType.ConnectionAck) rest.forEach(send);
    });
    socket.on('close', (code) => resolve(NAMES[code] ?? code));
    socket.on('error', reject);
  });
}

const codes = await Promise.all(Object.entries(BROKEN).map(async ([name, messages]) => [name, await closed(messages)]));
console.log(JSON.stringify(Object.fromEntries(codes)));
