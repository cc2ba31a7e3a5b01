// An independent Alipay client (npm alipay-sdk, Alipay's own for Node), driven by JSON lines.
//
// The first line sets it up; each further line asks for a signed call, for a link or order string,
// or for the verification of a notification. One line answers each.
'use strict';

const readline = require('node:readline');
const { AlipaySdk } = require('alipay-sdk');

async function call(client, { method, biz, common }) {
  try {
    const parameters = { ...common, bizContent: biz };
    return { data: await client.exec(method, parameters, { validateSign: true }) };
  } catch (error) {
    return { error: error.message };
  }
}

function link(client, { method, biz, common }) {
  const parameters = { ...common, bizContent: biz };
  if (method === 'alipay.trade.app.pay') return { data: client.sdkExecute(method, parameters) };
  return { data: client.pageExecute(method, 'GET', parameters) };
}

async function main() {
  let client;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const wish = JSON.parse(line);
    let answer = {};
    if (wish.setup) client = new AlipaySdk({ camelcase: false, ...wish.setup });
    else if (wish.verify) answer = { data: client.checkNotifySignV2(wish.verify) };
    else if (wish.link) answer = link(client, wish.link);
    else answer = await call(client, wish);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main();
