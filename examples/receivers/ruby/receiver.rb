# gem install webrick && WEBHOOK_SECRETS=whsec_… PORT=8090 ruby receiver.rb
require 'json'
require 'openssl'
require 'set'
require 'webrick'

MOST_BYTES = 1_048_576
MOST_WAITING = 1_000
MOST_SECONDS_APART = 300

# More than one while a secret is rotated, newest first.
KEYS = ENV.fetch('WEBHOOK_SECRETS').split.map { |secret| secret.delete_prefix('whsec_').unpack1('m0') }
# In a real service: a table with webhook-id as its key, and a queue that outlives the process.
SEEN = Set.new
TAKING = Mutex.new
WAITING = SizedQueue.new(MOST_WAITING)

# By Standard Webhooks: https://www.standardwebhooks.com
def verified?(body, id, timestamp, signatures)
  return false unless id && signatures && timestamp&.match?(/\A\d{1,12}\z/)
  return false if (Time.now.to_i - timestamp.to_i).abs > MOST_SECONDS_APART

  KEYS.any? do |key|
    # Over the bytes as they came: a body that was parsed and written again has another signature.
    digest = OpenSSL::HMAC.digest('SHA256', key, "#{id}.#{timestamp}.".b + body.b)
    expected = "v1,#{[digest].pack('m0')}"
    signatures.split.any? { |signature| OpenSSL.secure_compare(expected, signature) }
  end
end

def take(request)
  return 413 if request.content_length.to_i > MOST_BYTES

  body = request.body.to_s
  id = request['webhook-id']
  return 401 unless verified?(body, id, request['webhook-timestamp'], request['webhook-signature'])

  event = JSON.parse(body)
  return 400 unless event.is_a?(Hash) && event['type'].is_a?(String)

  TAKING.synchronize do
    return 204 if SEEN.include?(id)

    WAITING.push([id, event], true)
    SEEN.add(id)
  end
  204
rescue JSON::ParserError
  400
rescue ThreadError
  503 # Full: Signpost comes back later, and slowly.
end

Thread.new do
  loop do
    id, event = WAITING.pop
    puts "worked #{id} #{event['type']}"
  end
end

$stdout.sync = true
server = WEBrick::HTTPServer.new(
  BindAddress: '127.0.0.1', Port: ENV.fetch('PORT', '8090').to_i,
  Logger: WEBrick::Log.new(File::NULL), AccessLog: []
)
server.mount_proc('/') { |request, response| response.status = take(request) }
%w[INT TERM].each { |signal| trap(signal) { server.shutdown } }
puts "listening on #{server.listeners.first.addr[1]}"
server.start
