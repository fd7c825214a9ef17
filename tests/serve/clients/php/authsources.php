<?php

$keys = [
    'privatekey' => basename(getenv('CLIENT_KEY')),
    'certificate' => basename(getenv('CLIENT_CERT')),
    'sign.authnrequest' => true,
    'assertion.encryption' => true,
];
$config = [];
foreach (['simplesamlphp' => [], 'simplesamlphp-keys' => $keys] as $name => $own) {
    $config[$name] = ['saml:SP', 'entityID' => "https://$name.example/metadata", 'idp' => getenv('IDP') ?: null] + $own;
}
