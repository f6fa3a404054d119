// The real PDS and AppView of Bluesky on loopback, for tests: prints one line of JSON when they are ready.
//
// Afterwards each line on stdin is answered by one line on stdout: "process" answers once the AppView has
// read everything that happened on the PDS. The process ends when its stdin closes, so never outlives its parent.
import dns from 'node:dns'
import net from 'node:net'
import readline from 'node:readline'

const LOOPBACK = '127.0.0.1'

// dev-env gives no host to listen on, which means every interface: wrapped before any of it is loaded.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  const callback = given.filter((argument) => typeof argument === 'function').slice(0, 1)
  const first = typeof given[0] === 'function' ? undefined : given[0]
  const options = typeof first === 'object' && first !== null ? first : { port: first ?? 0 }
  return listen.call(this, { ...options, host: LOOPBACK, ipv6Only: false }, ...callback)
}
dns.setDefaultResultOrder('ipv4first') // its services call one another as "localhost"

process.env.REDIS_HOST = 'unused' // dev-env insists on the name; neither PDS nor AppView opens a connection to it

const { TestNetwork } = await import('@atproto/dev-env')
const network = await TestNetwork.create({
  dbPostgresUrl: process.env.DB_POSTGRES_URL,
  dbPostgresSchema: 'tests',
  pds: { rateLimitsEnabled: true, rateLimitBypassKey: process.env.BYPASS_KEY },
})

const onLoopback = (url) => url.replace('localhost', LOOPBACK)
console.log(JSON.stringify({ pds: onLoopback(network.pds.url), appview: onLoopback(network.bsky.url), plc: onLoopback(network.plc.url) }))

for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line === 'process') {
    await network.processAll(30_000)
    console.log('{}')
  }
}
process.exit(0)
