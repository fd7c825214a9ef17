<?php

/**
 * How many signed responses a second the SAML library of SimpleSAMLphp makes:
 * rate.php VENDOR RESPONSE KEY CERT SECONDS XML
 *
 * Prints one line of JSON and writes one response to XML.
 */

declare(strict_types=1);

use RobRichards\XMLSecLibs\XMLSecurityKey;
use SAML2\Assertion;
use SAML2\Compat\AbstractContainer;
use SAML2\Compat\ContainerSingleton;
use SAML2\Constants;
use SAML2\Response;
use SAML2\XML\saml\Issuer;
use SAML2\XML\saml\NameID;
use SAML2\XML\saml\SubjectConfirmation;
use SAML2\XML\saml\SubjectConfirmationData;

[, $vendor, $responseFile, $keyFile, $certFile, $seconds, $xmlFile] = $argv;
require "$vendor/autoload.php";

ContainerSingleton::setContainer(new class extends AbstractContainer {
    public function getLogger(): \Psr\Log\LoggerInterface
    {
        return new \Psr\Log\NullLogger();
    }

    public function generateId(): string
    {
        return '_' . bin2hex(random_bytes(16));
    }

    public function debugMessage($message, string $type): void
    {
    }

    public function redirect(string $url, array $data = []): void
    {
    }

    public function postRedirect(string $url, array $data = []): void
    {
    }

    public function getTempDir(): string
    {
        return sys_get_temp_dir();
    }

    public function writeFile(string $filename, string $data, int $mode = null): void
    {
    }
});

$wanted = json_decode(file_get_contents($responseFile), true);
$certificate = preg_replace('/-----.*?-----|\s/', '', file_get_contents($certFile));
$key = new XMLSecurityKey(XMLSecurityKey::RSA_SHA256, ['type' => 'private']);
$key->loadKey($keyFile, true);

$once = function () use ($wanted, $certificate, $key): string {
    $now = time();
    $issuer = new Issuer();
    $issuer->setValue($wanted['issuer']);

    $data = new SubjectConfirmationData();
    $data->setNotOnOrAfter($now + $wanted['lifetime']);
    $data->setRecipient($wanted['acs_url']);
    $data->setInResponseTo($wanted['request_id']);
    $confirmation = new SubjectConfirmation();
    $confirmation->setMethod(Constants::CM_BEARER);
    $confirmation->setSubjectConfirmationData($data);

    $nameId = new NameID();
    $nameId->setValue($wanted['name_id']);
    $nameId->setFormat($wanted['name_id_format']);

    $assertion = new Assertion();
    $assertion->setIssuer($issuer);
    $assertion->setNameId($nameId);
    $assertion->setSubjectConfirmation([$confirmation]);
    $assertion->setNotBefore($now);
    $assertion->setNotOnOrAfter($now + $wanted['lifetime']);
    $assertion->setValidAudiences([$wanted['audience']]);
    $assertion->setAuthnInstant($now);
    $assertion->setSessionIndex($wanted['session_index']);
    $assertion->setAuthnContextClassRef($wanted['authn_context']);
    $assertion->setAttributes($wanted['attributes']);
    $assertion->setAttributeNameFormat(Constants::NAMEFORMAT_BASIC);
    $assertion->setSignatureKey($key);
    $assertion->setCertificates([$certificate]);

    $response = new Response();
    $response->setIssuer($issuer);
    $response->setDestination($wanted['acs_url']);
    $response->setInResponseTo($wanted['request_id']);
    $response->setAssertions([$assertion]);
    $element = $response->toUnsignedXML();
    return $element->ownerDocument->saveXML($element);
};

$private = openssl_pkey_get_private(file_get_contents($keyFile));
$message = str_repeat("\0", 512);
$bare = function () use ($private, $message): string {
    openssl_sign($message, $signature, $private, OPENSSL_ALGO_SHA256);
    return $signature;
};

function cpu(): float
{
    $used = getrusage();
    return $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']
        + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e6;
}

/** Calls in turns of a fifth of a second with the bare signature; both in calls a CPU second. */
function rates(array $calls, float $seconds): array
{
    $counts = $used = [0, 0];
    $end = microtime(true) + $seconds;
    while (microtime(true) < $end) {
        foreach ($calls as $side => $call) {
            $turn = microtime(true) + 0.2;
            $before = cpu();
            while (microtime(true) < $turn) {
                $call();
                $counts[$side]++;
            }
            $used[$side] += cpu() - $before;
        }
    }
    return [$counts[0] / $used[0], $counts[1] / $used[1]];
}

$made = $once();
file_put_contents($xmlFile, $made);
[$perSecond, $barePerSecond] = rates([$once, $bare], (float) $seconds);
echo json_encode(['per_second' => $perSecond, 'bare_per_second' => $barePerSecond, 'bytes' => strlen($made)]), "\n";
