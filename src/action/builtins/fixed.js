(function (now, seeded, natives) {
  'use strict';
})
