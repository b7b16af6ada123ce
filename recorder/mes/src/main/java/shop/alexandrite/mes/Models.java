package shop.alexandrite.mes;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The 3D models that the shop left in S3: binary STL, 50 bytes a triangle after a header of 84. */
@Component
public class Models {
  private static final String BUCKET = "alexandrite-models";
  private static final int HEADER_BYTES = 84;
  private static final int TRIANGLE_BYTES = 50;

  private final S3Client s3;

  Models(@Value("${S3_PORT}") int port) {
    s3 =
        S3Client.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + port))
            .forcePathStyle(true)
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("recorder", "recorder")))
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build();
  }

  /** Fails where the model of the order has not arrived in S3. */
  void requireModel(OrderEvent event) {
    try {
      s3.headObject(request -> request.bucket(BUCKET).key(event.modelKey()));
    } catch (SdkException failure) {
      OrderEvent.Customer customer = event.customer();
      throw new MesException(
          "MODEL_NOT_FOUND",
          "no model for the order of " + customer.name() + ", tell " + customer.phone() + " or " + customer.email(),
          failure);
    }
  }

  Mesh load(Order order) {
    byte[] file = s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(order.modelKey())).asByteArray();
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int count = file.length < HEADER_BYTES ? -1 : buffer.getInt(HEADER_BYTES - 4);
    if (count < 0 || file.length != HEADER_BYTES + (long) count * TRIANGLE_BYTES) {
      throw new MesException(
          "MODEL_BROKEN",
          "the model of "
              + order.customerName()
              + " <"
              + order.customerEmail()
              + "> cannot be read, call "
              + order.customerPhone(),
          new IllegalArgumentException("the file says " + count + " triangles and has " + file.length + " bytes"));
    }
    return new Mesh(file.length, count, volume(buffer, count));
  }

  // The volume of a closed mesh is the sum of the signed tetrahedra between
  // each triangle and the origin.
  private static double volume(ByteBuffer buffer, int count) {
    double sum = 0;
    for (int triangle = 0; triangle < count; triangle++) {
      int at = HEADER_BYTES + triangle * TRIANGLE_BYTES + 12;
      double[] c = new double[9];
      for (int i = 0; i < 9; i++) {
        c[i] = buffer.getFloat(at + 4 * i);
      }
      sum +=
          c[0] * (c[4] * c[8] - c[5] * c[7])
              - c[1] * (c[3] * c[8] - c[5] * c[6])
              + c[2] * (c[3] * c[7] - c[4] * c[6]);
    }
    return Math.abs(sum) / 6;
  }

  /** What a price needs to know of a model; the volume is in cubic millimetres. */
  record Mesh(int fileBytes, int polygonCount, double volume) {
    String complexityClass() {
      return polygonCount > 20_000 ? "high" : polygonCount > 4_000 ? "medium" : "low";
    }
  }
}
