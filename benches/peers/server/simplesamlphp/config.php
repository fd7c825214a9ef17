<?php

// Where the measurement runs stands in the environment.
$config = [
    'baseurlpath' => getenv('MEASURED_URL') . '/',
    'certdir' => getenv('MEASURED_CERTS') . '/',
    'metadatadir' => __DIR__ . '/metadata/',
    'loggingdir' => sys_get_temp_dir() . '/',
    'datadir' => sys_get_temp_dir() . '/',
    'tempdir' => sys_get_temp_dir() . '/simplesamlphp-measured',
    'secretsalt' => 'a-salt-of-the-measurement',
    'auth.adminpassword' => 'a-password-of-the-measurement',
    'enable.saml20-idp' => true,
    'timezone' => 'UTC',
    'logging.level' => SimpleSAML\Logger::ERR,
    'logging.handler' => 'errorlog',
    'session.cookie.secure' => false,
    'session.phpsession.savepath' => null,
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'metadata.sources' => [['type' => 'flatfile']],
];
