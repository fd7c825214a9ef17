<?php

// SimpleSAMLphp as a service provider. Where the test runs stands in the environment.
$config = [
    'baseurlpath' => 'https://simplesamlphp.example/',
    'certdir' => dirname(getenv('CLIENT_KEY')) . '/',
    'metadatadir' => __DIR__ . '/metadata/',
    'loggingdir' => sys_get_temp_dir() . '/',
    'datadir' => sys_get_temp_dir() . '/',
    'tempdir' => getenv('CLIENT_TEMP'),
    'secretsalt' => 'a-salt-of-the-test',
    'auth.adminpassword' => 'a-password-of-the-test',
    'timezone' => 'UTC',
    'logging.level' => SimpleSAML\Logger::ERR,
    'logging.handler' => 'errorlog',
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'session.phpsession.savepath' => null,
    'module.enable' => ['core' => true, 'saml' => true],
    'metadata.sources' => [['type' => 'flatfile']],
];
