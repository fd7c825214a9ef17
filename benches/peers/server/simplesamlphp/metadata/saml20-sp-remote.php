<?php

$wanted = json_decode(file_get_contents(getenv('MEASURED_RESPONSE')), true);
$metadata[$wanted['audience']] = [
    'AssertionConsumerService' => $wanted['acs_url'],
    'NameIDFormat' => $wanted['name_id_format'],
    'simplesaml.nameidattribute' => 'uid',
    'saml20.sign.response' => false,
    'saml20.sign.assertion' => true,
];
