// Fastify with pg, storing the row alone. PORT, DATABASE_URL and BENCH_ACCOUNTS come from the environment.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.BENCH_NODE_MODULES);
const fastify = require("fastify");
const { Pool } = require("pg");

const accounts = new Map(
  JSON.parse(readFileSync(process.env.BENCH_ACCOUNTS, "utf8")).accounts.map((account) => [account.app, account]),
);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 16 });
const INSERT = `
  INSERT INTO peer.message (id, tenant_id, conversation_id, account_id, contact_id, direction, key, external_id, kind, text,
    reply_to, forwarded, raw, sent_at, stored_at)
  VALUES ($1, $2, $3, $4, $5, 'in', $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp())
  ON CONFLICT (tenant_id, account_id, key) DO NOTHING`;

// Time-ordered, as the other handlers' ids are: random ones would spread over the whole index.
function uuid7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function signed(account, body, given) {
  const expected = Buffer.from("sha256=" + createHmac("sha256", account.secret).update(body).digest("hex"));
  const signature = Buffer.from(given ?? "");
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

const server = fastify({ keepAliveTimeout: 0 });
server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));
server.post("/webhooks/whatsapp/:app", async (request, reply) => {
  const account = accounts.get(request.params.app);
  if (!account || !signed(account, request.body, request.headers["x-hub-signature-256"])) return reply.code(403).send("");
  const value = JSON.parse(request.body).entry[0].changes[0].value;
  const message = value.messages[0];
  const chat = account.chats[message.from];
  if (!chat || value.metadata.phone_number_id !== account.phone_number_id) return reply.code(403).send("");
  await pool.query({
    name: "insert",
    text: INSERT,
    values: [
      uuid7(), account.tenant, chat[0], account.account, chat[1], message.id, message.id, message.type, message.text.body,
      "", false, request.body, new Date(Number(message.timestamp) * 1000),
    ],
  });
  return reply.type("text/plain").send("ok");
});
await server.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
