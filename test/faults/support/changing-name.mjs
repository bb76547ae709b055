// Loaded into a dispatcher before anything else: a name whose first look-up gives this machine and every later one
// an address inside a private network, as an attacker's name server would.
import dns from 'node:dns';

const lookup = dns.promises.lookup;
let asked = 0;
dns.promises.lookup = (name, options) => {
  if (name !== 'changing.example.com') return lookup(name, options);
  asked += 1;
  return Promise.resolve([{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
};
