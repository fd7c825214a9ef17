<?php

$file = getenv('IDP_METADATA');
if ($file) {
    $parsed = SimpleSAML\Metadata\SAMLParser::parseDescriptorsString(file_get_contents($file));
    $metadata = array_map(function ($entity) {
        return $entity->getMetadata20IdP();
    }, $parsed);
}
