'use strict';
// Every key with its last use with the vendor's SDK for JavaScript: sdk_scan.js URL PROMISES.
const {
  IAMClient, paginateListUsers, ListAccessKeysCommand, GetAccessKeyLastUsedCommand,
} = require('@aws-sdk/client-iam');

async function main(url, promises) {
  const iam = new IAMClient({
    endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'AKIASTANDINSCANNER01', secretAccessKey: 'x'.repeat(40) },
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: promises } },
  });
  const users = [];
  for await (const page of paginateListUsers({ client: iam, pageSize: 1000 }, { MaxItems: 1000 })) {
    users.push(...page.Users.map((user) => user.UserName));
  }
  let keys = 0;
  let lost = 0;
  let next = 0;
  async function work() {
    while (next < users.length) {
      const UserName = users[next++];
      try {
        const listed = await iam.send(new ListAccessKeysCommand({ UserName }));
        const used = await Promise.all(listed.AccessKeyMetadata.map(
          ({ AccessKeyId }) => iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))));
        keys += used.length;
      } catch {
        lost += 1;
      }
    }
  }
  await Promise.all(Array.from({ length: promises }, work));
  console.log(JSON.stringify({ keys, lost }));
}

main(process.argv[2], Number(process.argv[3]));
