// An independent WeChat Pay client (npm wechatpay-axios-plugin), driven by JSON lines.
//
// The first line sets it up; each further line asks for a signed call, for the opening of a callback
// for the encryption of a name or for the reading of a channel bill. One line answers each.
'use strict';

const readline = require('node:readline');
const { Aes, Formatter, Rsa, Wechatpay } = require('wechatpay-axios-plugin');

async function call(client, { verb, path, data, params, headers }) {
  const target = client.chain(path);
  const options = { params, headers };
  try {
    const reply = verb === 'get' ? await target.get(options) : await target.post(data, options);
    return { status: reply.status, data: reply.data };
  } catch (error) {
    if (!error.response) return { error: error.message };
    return { status: error.response.status, data: error.response.data, error: error.message };
  }
}

function open({ headers, body, key, apiv3Key }) {
  const message = Formatter.joinedByLineFeed(
    headers['Wechatpay-Timestamp'], headers['Wechatpay-Nonce'], body,
  );
  if (!Rsa.verify(message, headers['Wechatpay-Signature'], key)) return { error: 'not signed' };
  const { ciphertext, nonce, associated_data: aad } = JSON.parse(body).resource;
  return { data: JSON.parse(Aes.AesGcm.decrypt(ciphertext, apiv3Key, nonce, aad)) };
}

async function main() {
  let client;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const wish = JSON.parse(line);
    let answer = {};
    if (wish.setup) client = new Wechatpay(wish.setup);
    else if (wish.open) answer = open(wish.open);
    else if (wish.encrypt) answer = { data: Rsa.encrypt(wish.encrypt.text, wish.encrypt.key) };
    else if (wish.bill) answer = Formatter.castCsvBill(Buffer.from(wish.bill, 'base64'));
    else answer = await call(client, wish);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main();
