<?php

// Everybody is this user, without being asked.
$wanted = json_decode(file_get_contents(getenv('MEASURED_RESPONSE')), true);
$config = ['static' => ['exampleauth:StaticSource', 'uid' => [$wanted['name_id']]] + $wanted['attributes']];
