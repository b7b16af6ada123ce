package shop.alexandrite.mes;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The MES API: prices orders, and follows them through manufacturing, packaging and shipping. */
@SpringBootApplication
public class MesApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(MesApplication.class, arguments);
  }
}
