# omniauth_openid_connect: a Rack application that logs in by discovery, with PKCE.
#
# `omniauth.rb ISSUER CLIENT_ID SECRET REDIRECT_URI` prints the URL of its authorization request, reads the URL to which the
# browser came back, and prints what it verified.

require "json"
require "omniauth"
require "omniauth_openid_connect"
require "rack"

issuer, client_id, secret, redirect_uri = ARGV
OmniAuth.config.logger.level = Logger::WARN
OmniAuth.config.allowed_request_methods = [:get]
OmniAuth.config.silence_get_warning = true
OmniAuth.config.request_validation_phase = nil

app = Rack::Builder.new do
  use Rack::Session::Cookie, secret: "of the session, which has to be long enough " * 2
  use OmniAuth::Builder do
    provider :openid_connect,
             name: :postlogin, issuer: issuer, discovery: true, pkce: true, client_auth_method: :basic,
             scope: %i[openid profile email], callback_path: URI(redirect_uri).path,
             client_options: { identifier: client_id, secret: secret, redirect_uri: redirect_uri }
  end
  run ->(env) { [200, { "content-type" => "application/json" }, [env["omniauth.auth"].to_json]] }
end

browser = Rack::MockRequest.new(app)
begun = browser.get("https://site.example/auth/postlogin")
puts begun["Location"]
$stdout.flush
cookie = begun["Set-Cookie"].split(";").first
answer = browser.get($stdin.gets.strip, "HTTP_COOKIE" => cookie)
abort "#{answer.status} #{answer['Location']} #{answer.body}" unless answer.ok?
told = JSON.parse(answer.body)
puts "#{told['uid']} #{told['info']['email']}"
