package shop.alexandrite.mes;

/** A failure that the MES knows a code for. */
public class MesException extends RuntimeException {
  private final String code;

  MesException(String code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  String code() {
    return code;
  }
}
