# What ruby-saml reads in a response: a case a line of JSON on standard input, an answer a line on standard
# output, `{"refused": reason}` or what it read. judge_ruby_saml.py asks.

require "json"
require "time"
require "onelogin/ruby-saml"

# The moment of the case where it names one.
class << Time
  attr_accessor :of_the_case
  alias real_now now

  def now(*)
    of_the_case || real_now
  end
end

OneLogin::RubySaml::Attributes.single_value_compatibility = false

def settings(one)
  OneLogin::RubySaml::Settings.new(
    sp_entity_id: one["audience"],
    assertion_consumer_service_url: one["acs_url"],
    certificate: File.read(one["sp_cert_file"]),
    private_key: File.read(one["sp_key_file"]),
    idp_entity_id: one["idp_issuer"],
    idp_cert: File.read(one["idp_cert_file"]),
    soft: false,
    security: {
      want_assertions_signed: %w[assertion both].include?(one["signed"]),
      want_assertions_encrypted: !one["encrypted"].nil?,
      want_name_id: true,
    }
  )
end

def read(one)
  response = OneLogin::RubySaml::Response.new(
    one["response"],
    settings: settings(one),
    matches_request_id: one["in_response_to"],
    check_duplicated_attributes: true
  )
  response.is_valid?
  {
    name_id: response.name_id,
    name_id_format: response.name_id_format,
    in_response_to: response.in_response_to,
    attributes: response.attributes.all,
  }
end

STDOUT.sync = true
STDIN.each_line do |line|
  one = JSON.parse(line)
  Time.of_the_case = one["now"] && Time.parse(one["now"])
  answer =
    begin
      read(one)
    rescue StandardError => error
      { refused: "#{error.class}: #{error.message.dup.force_encoding(Encoding::UTF_8).scrub}" }
    end
  puts JSON.generate(answer)
end
