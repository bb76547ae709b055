import { Injectable } from '@nestjs/common';
import { Metrics } from '@signpost/observability';
import { CertificateEnds, ControlDirectory } from '@signpost/runtime';

/** Keeps when the client certificates of endpoints end, each read once when its endpoint is. */
@Injectable()
export class EndpointCertificates {
  constructor(control: ControlDirectory, metrics: Metrics) {
    const ends = CertificateEnds.of(metrics);
    control.view.onChange((change) => {
      if (change.kind === 'endpoint') ends.hold('endpoint-client', change.id, change.state?.tls?.client?.certificate);
    });
  }
}
