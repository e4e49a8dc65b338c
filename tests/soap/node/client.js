// Calls every operation with node-soap, and prints one line each: `operation: result`.
'use strict';
const soap = require('soap');

const { URL: url, SOURCE_KEY, BUYER_KEY, DIGEST_USER, DIGEST_PASSWORD } = process.env;
const lead = (email) => ({
  profile: {
    vertical: 'mortgage',
    attribute: [
      { name: 'zip', value: '78251' },
      { name: 'state', value: 'Texas' },
      { name: 'loan_purpose', value: 'buy' },
      { name: 'loan_amount', value: '$289,000.00' },
    ],
  },
  contact: { firstName: 'Kari', email, phone: '1 210.555.0169' },
});
const list = (value) => (value === undefined || value === null ? [] : [].concat(value));
const amount = (money) => Number(money.amount).toFixed(2);
const say = (name, value) => console.log(`${name}: ${value}`);

async function client(security, options = {}) {
  const made = await soap.createClientAsync(`${url}?wsdl`, options);
  if (security) made.setSecurity(security);
  return made;
}

async function reasonOf(call) {
  try {
    await call;
    return 'no fault';
  } catch (error) {
    const fault = error.root.Envelope.Body.Fault;
    const detail = (fault.detail || fault.Detail).ExchangeFault;
    return [detail.reason, ...list(detail.fieldError).map((one) => one.field)].join(' ');
  }
}

async function main() {
  const text = (key) => new soap.WSSecurity('any', key, { passwordType: 'PasswordText', hasTimeStamp: true });
  const open = await client(null);
  say('health', (await open.HealthAsync({}))[0].status);
  const source = await client(text(SOURCE_KEY));
  const [ping] = await source.PingAsync({ profile: lead('').profile });
  say('ping', amount(ping.offer.payout));
  const [post] = await source.PostAsync({ pingId: ping.pingId, contact: lead('a@example.com').contact });
  say('post', `${post.outcome.status} ${amount(post.outcome.payout)}`);
  const [submitted] = await source.SubmitLeadAsync(lead('b@example.com'));
  say('submit', `${submitted.outcome.status} ${amount(submitted.outcome.payout)}`);
  const leadId = submitted.outcome.leadId;
  const [found] = await source.GetLeadAsync({ leadId });
  say('lead', `${found.lead.status} ${found.lead.contact.phone}`);
  const [trace] = await source.GetAuctionTraceAsync({ auctionId: leadId });
  say('trace', trace.auction.status);
  say('not found', await reasonOf(source.GetLeadAsync({ leadId: 'lead_none' })));
  const wrong = lead('c@example.com');
  wrong.profile.attribute[1].value = 'Texass';
  say('invalid', await reasonOf(source.SubmitLeadAsync(wrong)));

  const buyer = await client(text(BUYER_KEY), { forceSoap12Headers: true });
  const [fetched] = await buyer.FetchLeadsAsync({});
  say('fetch', list(fetched.lead).length);
  const [claimed] = await buyer.ClaimLeadsAsync({ maxLeads: 1 });
  say('claim', list(claimed.lead).length);
  const leadIds = list(fetched.lead).map((one) => one.id);
  const [taken] = await buyer.AcknowledgeLeadsAsync({ leadId: leadIds });
  say('acknowledge', taken.acknowledged);
  say('fetch again', list((await buyer.FetchLeadsAsync({}))[0].lead).length);
  const [judged] = await buyer.UpdateDispositionsAsync({
    disposition: [{ leadId, kind: 'contacted', quality: 4 }, { leadId: 'lead_none', kind: 'contacted' }],
  });
  say('disposition', list(judged.result).map((one) => (one.error ? one.error.reason : one.disposition.kind)).join(' '));
  const [returned] = await buyer.RequestReturnsAsync({ leadReturn: [{ leadId, reason: 'duplicate', note: 'had it' }] });
  say('return', list(returned.result).map((one) => one.leadReturn.state).join(' '));

  const digest = new soap.WSSecurity(DIGEST_USER, DIGEST_PASSWORD, { passwordType: 'PasswordDigest' });
  const [again] = await (await client(digest)).SubmitLeadAsync(lead('d@example.com'));
  say('digest', again.outcome.status);
  const basic = new soap.BasicAuthSecurity('any', SOURCE_KEY);
  say('basic', (await (await client(basic)).GetLeadAsync({ leadId }))[0].lead.status);
}

main().catch((error) => {
  console.error(error.message, error.body);
  process.exit(1);
});
